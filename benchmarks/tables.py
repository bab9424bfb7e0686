"""Tables in Markdown from the results. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

from .contenders import LIBVIPS, OUR_WAYS, PIPELINE, THUMBORS, WAYS
from .results import Figures, Ratio, Results, RowResult, faster, thriftier
from .rows import ROWS, Row

ORDER = (*OUR_WAYS, *THUMBORS, *LIBVIPS, PIPELINE)
Rival = Callable[[RowResult], "str | None"]
Value = Callable[[Figures], float]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A table in Markdown, the first `left` columns flush left, the others right."""
    marks = ["---" if number < left else "--:" for number in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, marks, *rows))


def measured(results: Results) -> list[tuple[Row, RowResult]]:
    """The rows that there are, in their usual order."""
    return [(row, results.rows[row.name]) for row in ROWS if row.name in results.rows]


def against_thumbor(results: Results) -> str:
    """Ours to Thumbor, each in its better way, and the geometric means."""
    head = ("row", "throughput", "CPU", "peak memory", "bytes", "ours", "Thumbor")
    body = [
        (
            row.title,
            spread(faster(found, found.thumbor)),
            spread(thriftier(found, found.thumbor)),
            _quotient(found, found.thumbor, lambda each: each.peak_mb),
            _quotient(found, found.thumbor, lambda each: each.size),
            WAYS[found.ours or "ours"],
            WAYS[found.thumbor],
        )
        for row, found in measured(results)
        if found.thumbor and found.ours
    ]
    means = means_of(results, lambda row: row.thumbor, lambda row: row.thumbor)
    return table(head, [*body, _means_row("geometric mean of the imaging rows", means, 3)])


def against_libvips(results: Results) -> str:
    """Ours to the best libvips server of each row: the fastest, and the one with least CPU."""
    head = ("row", "throughput", "to", "CPU", "to", "bytes")
    body = [
        (
            row.title,
            spread(faster(found, found.fastest_libvips)),
            found.fastest_libvips or "-",
            spread(thriftier(found, found.thriftiest_libvips)),
            found.thriftiest_libvips or "-",
            _quotient(found, found.thriftiest_libvips, lambda each: each.size),
        )
        for row, found in measured(results)
        if found.fastest_libvips and found.ours
    ]
    fast, thrifty = means_of(
        results, lambda row: row.fastest_libvips, lambda row: row.thriftiest_libvips
    )
    last = ("geometric mean of the imaging rows", bold(fast), "", bold(thrifty), "", "")
    return table(head, [*body, last])


def against_pipeline(results: Results) -> str:
    """Ours to the same work without a server."""
    head = ("row", "throughput", "CPU", "CPU ms of the pipeline")
    body = [
        (
            row.title,
            spread(faster(found, found.pipeline)),
            spread(thriftier(found, found.pipeline)),
            number(found.figures[found.pipeline].cpu, 1),
        )
        for row, found in measured(results)
        if found.pipeline and found.ours
    ]
    return table(head, body)


def figures(results: Results) -> str:
    """Everything that was measured in the rows."""
    head = (
        "row",
        "contender",
        "per second",
        "p50 ms",
        "p99 ms",
        "CPU ms",
        "peak MB",
        "KB each",
        "answer",
        "PSNR dB",
        "others' cores",
        "answers",
    )
    body = [
        (row.title, name, *_figure(each))
        for row, found in measured(results)
        for name in sorted(found.figures, key=ORDER.index)
        for each in (found.figures[name],)
    ]
    return table(head, body, left=2)


def left_out(results: Results) -> str:
    """Who was not measured in which row, and why."""
    return "\n".join(
        f"- {row.title}: {'; '.join(found.notes)}"
        for row, found in measured(results)
        if found.notes
    )


def behaviours(results: Results, name: str) -> str:
    """One of the behaviours, a line for each contender."""
    found = results.behaviours[name]
    head = sorted(next(iter(found.values())), key=_by_number)
    body = [
        (contender, *(number(each.get(key, math.nan), 1) for key in head))
        for contender in sorted(found, key=ORDER.index)
        for each in (found[contender],)
    ]
    return table(("contender", *head), body)


def _by_number(title: str) -> tuple[int, str]:
    """By the number that a title begins with, as `32: per second`, else by its letters."""
    first, colon, _ = title.partition(":")
    return (int(first) if colon and first.isdigit() else 0, title)


def means_of(results: Results, fast: Rival, thrifty: Rival) -> tuple[float, float]:
    """Geometric means over the imaging rows: throughput, CPU; nan without rows."""
    imaging = [found for row, found in measured(results) if row.imaging]
    return (
        _geometric([faster(found, fast(found)) for found in imaging]),
        _geometric([thriftier(found, thrifty(found)) for found in imaging]),
    )


def spread(ratio: Ratio | None) -> str:
    """A ratio with its range; bold where we are behind."""
    if ratio is None or math.isnan(ratio[0]):
        return "-"
    middle, low, high = ratio
    text = f"{middle:.2f}"
    shown = f"**{text}**" if middle < 1 else text
    return shown + (f" ({low:.2f}-{high:.2f})" if low < high else "")


def number(value: float, digits: int) -> str:
    """With commas; a dash for nan."""
    return "-" if math.isnan(value) else f"{value:,.{digits}f}"


def bold(value: float) -> str:
    """In bold type."""
    return f"**{number(value, 2)}**"


def _means_row(title: str, means: tuple[float, float], empty: int) -> tuple[str, ...]:
    return (title, *(bold(each) for each in means), *("" for _ in range(empty + 1)))


def _geometric(ratios: Iterable[Ratio | None]) -> float:
    there = [ratio[0] for ratio in ratios if ratio]
    return statistics.geometric_mean(there) if there else math.nan


def _quotient(found: RowResult, rival: str | None, value: Value) -> str:
    if not rival or not found.ours:
        return "-"
    return number(value(found.figures[found.ours]) / value(found.figures[rival]), 2)


def _figure(each: Figures) -> tuple[str, ...]:
    return (
        number(each.rate, 1),
        number(each.p50, 1),
        number(each.p99, 1),
        number(each.cpu, 2 if each.cpu < 10 else 1),
        number(each.peak_mb, 0),
        number(each.size / 1000, 1),
        each.answer or "-",
        number(each.psnr, 1) if each.psnr else "-",
        number(each.others, 1),
        str(each.requests),
    )
