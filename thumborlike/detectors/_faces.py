"""Where faces are: the network asked for the whole picture, then for its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from ._blaze import SIDE, network

LEAST_SCORE = 0.7
DOUBTFUL, SURE = 0.4, 0.75
"""Where the whole picture shows what may be a face but is none for sure, parts are looked at."""

SMALL = 0.12
"""The same where a face is narrower than that, in longer sides: others may be still smaller."""

PART = 0.6
"""Side of a part in sides of the picture; four of them overlap. A little more where two will do."""

MORE = 1.12
"""How much more: pictures of 3 to 2 need two parts."""

SAME = 0.3
"""Overlap, of two boxes in their union, from which on they are one face."""

Face = tuple[float, float, float, float, float]
"""Left, top, width, height in pixels, and the score."""

Box = tuple[float, float, float, float]


def faces_in(image: Image.Image) -> list[Face]:
    """Faces, the likeliest first. Parts are looked at, too, unless all seen are sure and large."""
    seen = _looked(image, _squares(image.size))
    found, least = _likely(seen), SMALL * max(image.size)
    if found and all(each[4] >= SURE and each[2] >= least for each in seen):
        return found
    return _merged([*found, *_likely(_looked(image, _parts(image.size)))])


def _likely(seen: Sequence[Face]) -> list[Face]:
    return [each for each in seen if each[4] >= LEAST_SCORE]


def _squares(size: tuple[int, int]) -> list[Box]:
    """The whole picture, and where it is long its two ends."""
    width, height = size
    long, short = max(size), min(size)
    boxes = [_square(width / 2, height / 2, long)]
    if long > 1.6 * short:
        ends = (short / 2, long - short / 2)
        boxes += [_square(*((end, short / 2) if width > height else (short / 2, end)), short)
                  for end in ends]  # fmt: skip
    return boxes


def _parts(size: tuple[int, int]) -> list[Box]:
    width, height = size
    side = PART * max(size)
    if side < min(size) <= MORE * side:
        side = float(min(size))
    across, down = min(side, width) / 2, min(side, height) / 2
    middles = {(x, y) for x in (across, width - across) for y in (down, height - down)}
    return [_square(x, y, side) for x, y in sorted(middles)]


def _square(x: float, y: float, side: float) -> Box:
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def _looked(image: Image.Image, boxes: Sequence[Box]) -> list[Face]:
    squares = np.stack([_pixels(image, box) for box in boxes])
    places, scores = network()(squares)
    found: list[Face] = []
    for box, place, score in zip(boxes, places, scores, strict=True):
        side = box[2] - box[0]
        for number in np.flatnonzero(score >= DOUBTFUL):
            x, y, width, height = (float(each) * side for each in place[number])
            left, top = box[0] + x - width / 2, box[1] + y - height / 2
            found.append((left, top, width, height, float(score[number])))
    return _inside(_merged(found), image.size)


def _pixels(image: Image.Image, box: Box) -> Any:
    """The square at the network's size; what lies beyond the picture is grey."""
    left, top, right, bottom = box
    inner = max(left, 0.0), max(top, 0.0), min(right, image.width), min(bottom, image.height)
    scale = SIDE / (right - left)
    size = (max(1, round((inner[2] - inner[0]) * scale)),
            max(1, round((inner[3] - inner[1]) * scale)))  # fmt: skip
    small = image.resize(size, Image.Resampling.BILINEAR, inner)
    ground = Image.new("RGB", (SIDE, SIDE), (127, 127, 127))
    ground.paste(small, (round((inner[0] - left) * scale), round((inner[1] - top) * scale)))
    return np.asarray(ground, np.float32) / 127.5 - 1


def _merged(found: Sequence[Face]) -> list[Face]:
    """One face for boxes that overlap: their mean, each weighing its score."""
    left = sorted(found, key=lambda face: -face[4])
    merged = []
    while left:
        first = left[0]
        same = [each for each in left if _overlap(first, each) >= SAME]
        left = [each for each in left if _overlap(first, each) < SAME]
        total = sum(each[4] for each in same)
        box = [sum(each[side] * each[4] for each in same) / total for side in range(4)]
        merged.append((box[0], box[1], box[2], box[3], first[4]))
    return merged


def _overlap(one: Face, other: Face) -> float:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(wide, 0.0) * max(high, 0.0)
    total = one[2] * one[3] + other[2] * other[3] - both
    return both / total if total > 0 else 1.0


def _inside(found: Sequence[Face], size: tuple[int, int]) -> list[Face]:
    """Cut at the picture's edges; what lies outside is none."""
    cut = []
    for x, y, width, height, score in found:
        right, bottom = min(x + width, size[0]), min(y + height, size[1])
        left, top = max(x, 0.0), max(y, 0.0)
        if right > left and bottom > top:
            cut.append((left, top, right - left, bottom - top, score))
    return cut
