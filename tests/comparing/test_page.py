"""The page: everything escaped, nothing from elsewhere."""

import io
import re
from html.parser import HTMLParser

from PIL import Image

from thumborlike.batch.answers import Answer
from thumborlike.comparing.judging import judge
from thumborlike.comparing.logs import Entry
from thumborlike.comparing.outcomes import (
    as_record,
    from_record,
    outcome_of,
    thumbnails,
)
from thumborlike.comparing.page import page
from thumborlike.comparing.questions import questions
from thumborlike.comparing.report import Report
from thumborlike.comparing.table import lines
from thumborlike.records import replace

EVIL = "<script>alert(1)</script>\"'><img src=//evil.example/x onerror=alert(1)>\x1b[2J\u202e"


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def body(colour, kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (900, 30), colour).save(out, kind)
    return out.getvalue()


def outcomes():
    """Of a log and of servers that wish nobody well."""
    entries = [
        Entry(f"/unsafe/{EVIL}"),
        Entry("/unsafe/a.png", EVIL),
        Entry(f"/unsafe/{EVIL}.{EVIL}"),
    ]
    answers = [
        Answer(200, {"content-type": f"image/png{EVIL}", "vary": EVIL}, body("red")),
        Answer(200, {"content-type": "image/png", "cache-control": EVIL}, body("blue")),
        Answer(200, {"content-type": f"text/html{EVIL}"}, EVIL.encode()),
        Answer(0, error=EVIL),
    ]
    for question in questions(entries, ["*/*"]):
        for old in answers:
            for new in answers:
                made = outcome_of(question, judge(question, old, new))
                yield replace(made, pictures=thumbnails(old, new))


def test_nothing_of_what_was_said_becomes_a_part_of_the_page():
    report = Report()
    for each in outcomes():
        report.add(each)
    text = page(report, {}, f"T {EVIL}", [(EVIL, EVIL)])
    elements = Elements(text).found
    assert not [tag for tag, _ in elements if tag in ("script", "link", "iframe", "a", "object")]
    images = [attributes for tag, attributes in elements if tag == "img"]
    assert images
    assert all(re.fullmatch(r"data:image/webp;base64,[\w+/=]+", each["src"]) for each in images)
    assert all(set(each) == {"alt", "src"} for each in images)
    assert not [name for _, each in elements for name in each if name.startswith("on")]
    policy = next(each["content"] for tag, each in elements if tag == "meta" and "content" in each)
    assert "default-src 'none'" in policy
    assert "evil.example" in text  # told, as text


def test_nothing_of_what_was_said_steers_a_terminal():
    report = Report()
    for each in outcomes():
        report.add(each)
    assert all(line.isprintable() for line in lines(report, {}))


def test_outcomes_survive_the_journal():
    for each in outcomes():
        assert from_record(as_record(each)) == each
    assert from_record({}) is None
    assert from_record({"name": 1, "path": []}) is None


def test_a_report_stays_bounded():
    report = Report()
    (first, *_) = outcomes()
    for number in range(2000):
        shape = replace(first.shape, size=f"kind {number}")
        findings = tuple(
            replace(each, field="vary", new=f"value {number}") for each in first.findings
        )
        report.add(replace(first, shape=shape, findings=findings))
    assert len(report.rows()) <= 501
    assert len(list(report.sorts(known=False))) <= 501
    assert report.total.addresses == 2000
