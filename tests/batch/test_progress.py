"""Plain lines where there is no terminal."""

import io

from thumborlike.batch.progress import Bar, Lines, NoProgress, progress


def test_a_line_every_few_seconds_and_at_the_end():
    now = [0.0]
    out = io.StringIO()
    lines = Lines(10, out, clock=lambda: now[0])
    for number in range(1, 11):
        now[0] = number
        lines.step({"done": number, "failed": 0})
    lines.close()
    assert out.getvalue() == "5/10 50% 1.0/s done 5\n10/10 100% 1.0/s done 10\n"


def test_an_interrupted_run_tells_how_far_it_came():
    out = io.StringIO()
    lines = Lines(10, out, clock=lambda: 1.0)
    lines.step({"done": 1})
    lines.close()
    assert out.getvalue().startswith("1/10 10%")


def test_a_bar_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    shown = progress(3, "url", out=out)
    assert isinstance(shown, Bar)
    for _ in range(3):
        shown.step({"done": 1})
    shown.close()
    assert "3/3" in out.getvalue()


def test_nothing_where_nothing_is_to_be_told():
    assert isinstance(progress(3, "url", quiet=True), NoProgress)
    assert isinstance(progress(0, "url"), NoProgress)
    assert isinstance(progress(3, "url", out=io.StringIO()), Lines)
