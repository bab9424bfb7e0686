"""Where faces are: the network looks at the picture twice, small for large faces, and larger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from ._blaze import STEP, network

LOOKS = (256, 96)
"""Pixels of the picture's longer side at each look. The first finds what is wider than a tenth of
that side, the second what is wider than a third, and too large for the first."""

LEAST_SCORE = 0.7
DOUBTFUL = 0.4
"""Boxes from here on take part in the mean of those that are one face."""

SAME = 0.3
"""Overlap, of two boxes in their union, from which on they are one face."""

GREY = (127, 127, 127)

Face = tuple[float, float, float, float, float]
"""Left, top, width, height in pixels, and the score."""


def faces_in(image: Image.Image) -> list[Face]:
    """Faces, the likeliest first."""
    found, seen = [], image
    for side in LOOKS:
        seen = _scaled(seen, side / max(seen.size))
        found += _looked(seen, max(image.size) / max(seen.size))
    return _merged(_inside(found, image.size))


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BILINEAR)


def _looked(image: Image.Image, enlarged: float) -> list[Face]:
    """What is seen in it, in pixels of the picture that it is so much smaller than."""
    places, scores = network()(_pixels(image))
    doubtful = scores >= DOUBTFUL
    found: list[Face] = [
        (*(float(each) * enlarged for each in place), float(score))  # type: ignore[misc]
        for place, score in zip(places[doubtful], scores[doubtful], strict=True)
    ]
    return [each for each in _merged(found) if each[4] >= LEAST_SCORE]


def _pixels(image: Image.Image) -> Any:
    """As the network wants them; what is missing to whole steps is grey."""
    width, height = (-(-each // STEP) * STEP for each in image.size)
    ground = Image.new("RGB", (width, height), GREY)
    ground.paste(image, (0, 0))
    pixels = np.asarray(ground, np.float32)
    pixels /= 127.5
    pixels -= 1
    return pixels


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
