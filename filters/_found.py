"""Boxes of what detection found, in whole pixels of the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable

from thumborlike.interfaces import FocalPoint

Box = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two exclusive."""


def boxes_of(found: Iterable[FocalPoint], size: tuple[int, int], margin: float = 0) -> list[Box]:
    """What the picture shows of each, larger by `margin` of its sides on each side, rounded up."""
    boxes = []
    for each in found:
        wide, high = each.width * (0.5 + margin), each.height * (0.5 + margin)
        left, right = _within(each.x - wide, each.x + wide, size[0])
        top, bottom = _within(each.y - high, each.y + high, size[1])
        if left < right and top < bottom:
            boxes.append((left, top, right, bottom))
    return boxes


def _within(first: float, last: float, side: int) -> tuple[int, int]:
    return max(math.floor(first), 0), min(math.ceil(last), side)
