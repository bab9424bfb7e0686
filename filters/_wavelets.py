"""Sharpening by wavelets: the details of five scales are made stronger and added again.

With L[k] the picture smoothed k times (hat function, twice as wide each time), the sum of
details times their gains telescopes to a weighted sum of the L[k]. So each scale costs one
smoothing and one addition, and scales whose weight cannot be seen cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from PIL import Image

from ._arithmetic import computed

SCALES = 5
REACH = 2**SCALES - 1
"""Pixels to each side that can matter to one."""

GROWTH = 16.0
"""How much larger each smoothing leaves the numbers."""

_UNSEEN = 1 / 160
"""A gain whose effect stays below a level: the largest details are smaller than the levels."""


def details(band: Image.Image, amount: float, radius: float) -> Image.Image:
    """What sharpening adds to a band of mode F, in its unit; mode F.

    `radius` is the scale, 0 to 4, that gains most.
    """
    first, *smoothed = weights_of(amount, radius)
    total = computed(lambda level: level * first, band)
    for scale, weight in enumerate(smoothed):
        band = _hat(band, 2**scale)
        total = _added(total, band, weight / GROWTH ** (scale + 1))
    return total


def weights_of(amount: float, radius: float) -> list[float]:
    """What the picture itself weighs, and each smoothed one as long as any can be seen."""
    gains = [amount * exp(-((scale - radius) ** 2) / 1.5) for scale in range(SCALES)]
    while gains and abs(gains[-1]) < _UNSEEN:
        gains.pop()
    return [after - before for before, after in zip([0, *gains], [*gains, 0], strict=True)]


def _added(total: Image.Image, band: Image.Image, weight: float) -> Image.Image:
    return computed(lambda sum_, level: sum_ + level * weight, total, band)


def _hat(band: Image.Image, step: int) -> Image.Image:
    """Each pixel twice plus its two neighbours at `step`, along rows, then columns.

    Not divided by 4: a constant costs Pillow a whole picture, so the weights take it.
    """
    for neighbours in (_beside, _above):
        one, other = neighbours(band, step)
        band = computed(lambda middle, a, b: middle + middle + a + b, band, one, other)
    return band


def _beside(band: Image.Image, step: int) -> tuple[Image.Image, Image.Image]:
    """The picture moved right and left, the gaps mirrored at the edge pixel."""
    width, height = band.size
    wide = Image.new(band.mode, (width + 2 * step, height))
    wide.paste(band, (step, 0))
    for x in _outside(width, step):
        source = _mirrored(x, width)
        wide.paste(band.crop((source, 0, source + 1, height)), (x + step, 0))
    return wide.crop((0, 0, width, height)), wide.crop((2 * step, 0, 2 * step + width, height))


def _above(band: Image.Image, step: int) -> tuple[Image.Image, Image.Image]:
    """The picture moved down and up, the gaps mirrored at the edge pixel."""
    width, height = band.size
    tall = Image.new(band.mode, (width, height + 2 * step))
    tall.paste(band, (0, step))
    for y in _outside(height, step):
        source = _mirrored(y, height)
        tall.paste(band.crop((0, source, width, source + 1)), (0, y + step))
    return tall.crop((0, 0, width, height)), tall.crop((0, 2 * step, width, 2 * step + height))


def _outside(size: int, step: int) -> Iterator[int]:
    yield from range(-step, 0)
    yield from range(size, size + step)


def _mirrored(index: int, size: int) -> int:
    """The index inside that one outside shows; mirrored again and again if need be."""
    period = max(1, 2 * (size - 1))
    index %= period
    return min(index, period - index)
