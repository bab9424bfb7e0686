"""The report on a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .report import Report, Row, values_of

MOST_ROWS = 30
MOST_SORTS = 20
WIDEST = 70
HEAD = (
    "kind of URL", "URLs", "requests", "equal", "known", "differ", "lowest SSIM", "bytes",
    "old ms", "new ms",
)  # fmt: skip


def lines(report: Report, reasons: Mapping[str, str]) -> Iterator[str]:
    """Kinds of URLs, the differences that are meant, and the others with examples."""
    rows = report.rows()
    yield from _columns([HEAD, *map(_cells, rows[:MOST_ROWS]), _cells(report.total)])
    if len(rows) > MOST_ROWS:
        yield f"(and {len(rows) - MOST_ROWS} kinds more in the other reports)"
    if rules := report.rules():
        yield ""
        yield "known differences (docs/thumbor-differences.md):"
        for name, count in rules.items():
            yield f"  {count:6} {name:20} {reasons.get(name, '')}"
    yield from _unknown(report)


def _unknown(report: Report) -> Iterator[str]:
    sorts = list(report.sorts(known=False))
    if sorts:
        yield ""
        yield "differences that no rule knows:"
    for sort, count, examples in sorts[:MOST_SORTS]:
        yield f"  {count:6} {printable(sort.title)}"
        for each in examples[:2]:
            old, new = values_of(each, sort)
            told = "" if sort.old or sort.new else f"  ({old[:60]} -> {new[:60]})"
            yield f"         {printable(each.path[:160])}{printable(told)}"
    if len(sorts) > MOST_SORTS:
        yield f"  (and {len(sorts) - MOST_SORTS} kinds more)"


def _cells(row: Row) -> tuple[str, ...]:
    lowest = f"{min(row.ssim):.4f}" if row.ssim else "-"
    growth = f"{row.growth:.2f}" if row.growth is not None else "-"
    name = row.name if len(row.name) <= WIDEST else row.name[: WIDEST - 1] + "…"
    return (
        printable(name), str(row.addresses), str(row.requests), str(row.kinds["equal"]),
        str(row.kinds["known"]), str(row.kinds["different"]), lowest, growth,
        _times(row.latency(0)), _times(row.latency(1)),
    )  # fmt: skip


def _times(latency: tuple[float, float]) -> str:
    return f"{latency[0]:.0f} / {latency[1]:.0f}"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *others = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others)).rstrip()


def printable(text: str) -> str:
    """Without what would steer a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)
