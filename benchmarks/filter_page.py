"""The page of the filter benchmark: FILTERS.md."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .installed import THUMBOR_VERSION

INTRODUCTION = f"""\
# Speed of the filters

CPU time of one application to a decoded picture of 1000 by 1000 pixels, medians of samples
taken in turns; a ratio is Thumbor {THUMBOR_VERSION}'s time to ours, so above 1 ours is faster.
Thumbor's filters run through its own filter and engine classes and C extension, ours as the
server applies them, with freed memory kept as its workers keep it (Thumbor gives it back, as it
does in service); decoding and encoding are left out on both sides. Ours uses numpy where it
is installed (the extra `fast`), for `sharpen` and `saturation` alone: the table's head tells, and
`--without-numpy` measures without. `difference` is the mean difference of the two results
in levels, shown on grey, of the channel that differs most; `-` where the sizes differ. Noise is
drawn by chance; what else differs on purpose is in docs/thumbor-differences.md."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one call on one mode took: CPU seconds of each round, and how far results differ."""

    call: str
    mode: str
    ours: Sequence[float]
    theirs: Sequence[float]
    difference: float

    @property
    def ratio(self) -> float:
        """Thumbor's time to ours."""
        return statistics.median(self.theirs) / statistics.median(self.ours)


def geometric_mean(rows: Iterable[Row]) -> float:
    """Of the ratios; NaN of none."""
    logs = [math.log(row.ratio) for row in rows]
    return math.exp(statistics.fmean(logs)) if logs else math.nan


def markdown(tables: Sequence[Sequence[Row]], found: Sequence[tuple[str, str]]) -> str:
    """The page, of the rows of CALLS, PILLOW_CALLS and UNLIKE_CALLS."""
    rows, pillow_rows, unlike_rows = tables
    parts = [INTRODUCTION, table(("", ""), found)]
    if rows:
        parts += ["## Filters that use Thumbor's C extension", _summary(rows), _table(rows)]
    if pillow_rows:
        told = "The same work in the Pillow of either side; there is nothing to win."
        parts += ["## Filters that are Pillow's on both sides", told, _table(pillow_rows)]
    if unlike_rows:
        told = (
            "Ours draws a nine-patch around the picture. Thumbor copies the picture and draws no "
            "frame, so the times do not compare the same work, and are in no mean."
        )
        parts += ["## Filters that do more here", told, _table(unlike_rows)]
    return "\n\n".join(parts) + "\n"


def _summary(rows: Sequence[Row]) -> str:
    slower = sum(row.ratio < 1 for row in rows)
    lowest = min(row.ratio for row in rows)
    return (
        f"Geometric mean of {len(rows)} rows: **{geometric_mean(rows):.2f}**; lowest "
        f"{lowest:.2f}; rows in which ours is slower: {slower}."
    )


def _table(rows: Sequence[Row]) -> str:
    head = ("filter", "picture", "ours, ms", "Thumbor, ms", "ratio", "difference")
    return table(head, (_cells(row) for row in rows))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 2) -> str:
    """A table in Markdown, the first `left` columns flush left, the others right."""
    marks = ["---" if number < left else "--:" for number in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, marks, *rows))


def _cells(row: Row) -> tuple[str, ...]:
    ours, theirs = (statistics.median(each) * 1000 for each in (row.ours, row.theirs))
    call = row.call if len(row.call) <= 60 else row.call[:48] + "..." + row.call[-8:]
    call = call.replace("|", "\\|")
    far = "-" if math.isnan(row.difference) else f"{row.difference:.2f}"
    return f"`{call}`", row.mode, f"{ours:.1f}", f"{theirs:.1f}", f"{row.ratio:.2f}", far
