"""`curve`: levels through natural cubic splines."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Pattern, pixel_filter, whole_number

from ._splines import Point, spline_levels
from ._tables import LEVELS, apply_tables

_PAIR = re.compile(r"\(([0-9]+),([0-9]+)\)")


def _points(text: str) -> tuple[Point, ...]:
    # Thumbor 7.8 keeps the lowest byte of each number.
    return tuple((whole_number(x) % 256, whole_number(y) % 256) for x, y in _PAIR.findall(text))


Curve = Annotated[
    tuple[Point, ...],
    Pattern(r"\[(?:\([0-9]+,[0-9]+\),?)*\]", "points as `[(x,y),(x,y)]`, no blanks", _points),
]


@pixel_filter(amplifies=True)
def curve(frame: Frame, every: Curve, red: Curve, green: Curve, blue: Curve) -> Frame:
    """Map levels through curves: of each channel first, then one for all channels.

    A curve is a list of points (level before, level after), each 0 to 255, with rising first
    numbers. An empty list changes nothing.
    """
    overall = _levels(every)
    tables = [[overall[level] for level in _levels(each)] for each in (red, green, blue)]
    return frame.with_image(apply_tables(frame.image, tables))


def _levels(points: tuple[Point, ...]) -> list[int]:
    if not points:
        return list(LEVELS)
    if any(right[0] <= left[0] for left, right in pairwise(points)):
        raise BadFilterArgument("the points of a curve must rise from left to right")
    return spline_levels(points)
