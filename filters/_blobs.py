"""Connected areas of a mask, found by its runs: stretches of set pixels in one row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

MOST_RUNS = 20_000
"""A mask of more runs is no picture of a few blobs; none is looked for."""

_RUN = re.compile(rb"\xff+")


@dataclass(slots=True)
class Blob:
    """A connected area: its box, right and bottom exclusive, and its pixels.

    `span` counts holes in a row as set.
    """

    left: int
    top: int
    right: int
    bottom: int
    area: int
    span: int

    @property
    def width(self) -> int:
        """Of the box."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Of the box."""
        return self.bottom - self.top


Run = tuple[int, int, int]
"""Row, first column, column behind the last."""


def blobs_of(mask: Image.Image) -> list[Blob]:
    """The areas of 255 in a mask of 0 and 255 (mode L), joined along sides and corners.

    Empty if there are more than `MOST_RUNS` runs.
    """
    runs: list[Run] = []
    for run in _runs(mask):
        runs.append(run)
        if len(runs) > MOST_RUNS:
            return []
    parents = list(range(len(runs)))
    for first, second in _touching(runs):
        _join(parents, first, second)
    groups: dict[int, list[Run]] = {}
    for number, run in enumerate(runs):
        groups.setdefault(_root(parents, number), []).append(run)
    return [_blob(group) for group in groups.values()]


def _runs(mask: Image.Image) -> Iterator[Run]:
    data, width = mask.tobytes(), mask.width
    for found in _RUN.finditer(data):
        begin, end = found.span()
        while begin < end:  # a run may go round from one row into the next
            row, column = divmod(begin, width)
            stop = min(end - row * width, width)
            yield row, column, stop
            begin = (row + 1) * width


def _touching(runs: list[Run]) -> Iterator[tuple[int, int]]:
    """Pairs of runs in neighbouring rows that share a side or a corner."""
    above = 0
    for number, (row, begin, end) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] < begin):
            above += 1
        other = above
        while runs[other][0] == row - 1 and runs[other][1] <= end:
            yield other, number
            other += 1


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _join(parents: list[int], first: int, second: int) -> None:
    parents[_root(parents, first)] = _root(parents, second)


def _blob(runs: list[Run]) -> Blob:
    rows: dict[int, tuple[int, int]] = {}
    for row, begin, end in runs:
        left, right = rows.get(row, (begin, end))
        rows[row] = min(left, begin), max(right, end)
    return Blob(
        left=min(left for left, _ in rows.values()),
        top=min(rows),
        right=max(right for _, right in rows.values()),
        bottom=max(rows) + 1,
        area=sum(end - begin for _, begin, end in runs),
        span=sum(right - left for left, right in rows.values()),
    )
