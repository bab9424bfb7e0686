"""Natural cubic splines over the 256 levels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor

Point = tuple[int, int]


def spline_levels(points: Sequence[Point]) -> list[int]:
    """256 levels through the points, whose first numbers rise; flat beyond the ends.

    Halves round away from zero, and results are clamped (Thumbor 7.8).
    """
    levels = [points[0][1]] * points[0][0]
    bends = _second_derivatives(points)
    for (left, right), ends in zip(pairwise(points), pairwise(bends), strict=True):
        levels += [_between(left, right, ends, x) for x in range(left[0], right[0])]
    return levels + [points[-1][1]] * (256 - len(levels))


def _between(left: Point, right: Point, bends: tuple[float, float], x: int) -> int:
    width = right[0] - left[0]
    after = (x - left[0]) / width
    before = 1 - after
    bend = (before**3 - before) * bends[0] + (after**3 - after) * bends[1]
    y = before * left[1] + after * right[1] + width * width / 6 * bend
    return max(0, min(255, floor(y + 0.5)))


def _second_derivatives(points: Sequence[Point]) -> list[float]:
    """By elimination in the tridiagonal system; 0 at both ends."""
    count = len(points)
    upper, wanted = [0.0] * count, [0.0] * count
    for i in range(1, count - 1):
        (x0, y0), (x1, y1), (x2, y2) = points[i - 1 : i + 2]
        below = (x1 - x0) / 6
        pivot = (x2 - x0) / 3 - below * upper[i - 1]
        slopes = (y2 - y1) / (x2 - x1) - (y1 - y0) / (x1 - x0)
        upper[i] = (x2 - x1) / 6 / pivot
        wanted[i] = (slopes - below * wanted[i - 1]) / pivot
    for i in reversed(range(1, count - 1)):
        wanted[i] -= upper[i] * wanted[i + 1]
    return wanted
