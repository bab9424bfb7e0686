"""What outcomes add up to, and of which pictures are kept."""

from thumborlike.comparing.classes import Shape
from thumborlike.comparing.going import Examples
from thumborlike.comparing.outcomes import Finding, Outcome, Told
from thumborlike.comparing.report import Report
from thumborlike.comparing.table import lines


def outcome(number=0, *findings, size="NxN", hits=1, old=(200, 100, 5.0), new=(200, 50, 9.0)):
    sides = [Told(status, "image/png", length, time) for status, length, time in (old, new)]
    return Outcome(
        f"{number}", f"/unsafe/{number}", "*/*", hits, Shape(size, "-", "jpg", "plain"), *sides,
        findings, 0.99,
    )  # fmt: skip


PIXELS = Finding("pixels", "a", "b")
KNOWN = Finding("pixels", "a", "b", "noise")
VARY = Finding("vary", "Accept", "-")


def test_rows_and_sums():
    report = Report()
    for number in range(10):
        report.add(outcome(number, hits=3))
    report.add(outcome(10, KNOWN))
    report.add(outcome(11, KNOWN, VARY, size="Nx", old=(200, 9, 1.0), new=(404, 7, 2.0)))
    total = report.total.as_dict()
    assert (total["addresses"], total["requests"]) == (12, 32)
    assert (total["equal"], total["known"], total["different"]) == (10, 1, 1)
    assert total["bytes"] == {"old": 1100, "new": 550}  # where both gave a picture
    assert total["milliseconds"]["new"] == {"median": 9.0, "p95": 9.0}
    assert [row.name for row in report.rows()] == ["Nx | - | jpg | plain", "NxN | - | jpg | plain"]
    assert report.rules() == {"noise": 2}
    (unknown,) = report.sorts(known=False)
    assert (unknown[0].title, unknown[1]) == ("vary: Accept -> -", 1)


def test_no_answer_has_no_latency():
    report = Report()
    report.add(outcome(1, Finding("status", "200", "0"), new=(0, 0, 60_000.0)))
    assert report.total.latency(1) == (0.0, 0.0)
    assert any("status: 200 -> 0" in line for line in lines(report, {}))


def test_pictures_of_the_first_few_of_each_kind():
    examples = Examples(each=2, most=100)
    taken = [examples.take(outcome(number, PIXELS)) for number in range(4)]
    assert taken == [True, True, False, False]
    assert examples.take(outcome(5, PIXELS, size="Nx"))  # another kind of URL
    assert [examples.take(outcome(number, KNOWN, size=f"{number}")) for number in range(3)] == [
        True, True, False
    ]  # fmt: skip
    assert not examples.take(outcome(9, VARY))  # nothing to be seen


def test_pictures_are_bounded_all_together():
    examples = Examples(each=2, most=3)
    taken = [examples.take(outcome(number, PIXELS, size=f"{number}")) for number in range(9)]
    assert sum(taken) == 3


def test_examples_with_pictures_are_shown_first():
    report = Report()
    for number in range(9):
        report.add(outcome(number, PIXELS))
    seen = outcome(10, PIXELS)
    report.add(Outcome(*(getattr(seen, name) for name in Outcome.__slots__[:-1]), ("data:a",)))
    ((_, count, examples),) = report.sorts(known=False)
    assert count == 10
    assert sum(bool(each.pictures) for each in examples) == 1
