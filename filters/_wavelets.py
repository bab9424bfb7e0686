"""Sharpening by wavelets: the details of five scales are made stronger and added again.

With L[k] the picture smoothed k times (hat function, twice as wide each time), the sum of
details times their gains telescopes to a weighted sum of the L[k]. So each scale costs one
smoothing and one addition, and scales whose weight cannot be seen cost nothing.
"""

from __future__ import annotations

from math import exp

from PIL import Image

from ._arithmetic import computed

SCALES = 5
_UNSEEN = 1 / 1024
"""A weight whose effect stays below a quarter of a level."""


def details(band: Image.Image, amount: float, radius: float) -> Image.Image:
    """What sharpening adds to a band of mode F, in its unit; mode F.

    `radius` is the scale, 0 to 4, that gains most.
    """
    first, *smoothed = _weights(amount, radius)
    while smoothed and abs(smoothed[-1]) < _UNSEEN:
        smoothed.pop()
    total = computed(lambda level: level * first, band)
    for scale, weight in enumerate(smoothed):
        band = _hat(band, 2**scale)
        total = _added(total, band, weight)
    return total


def _weights(amount: float, radius: float) -> list[float]:
    gains = [amount * exp(-((scale - radius) ** 2) / 1.5) for scale in range(SCALES)]
    return [after - before for before, after in zip([0, *gains], [*gains, 0], strict=True)]


def _added(total: Image.Image, band: Image.Image, weight: float) -> Image.Image:
    return computed(lambda sum_, level: sum_ + level * weight, total, band)


def _hat(band: Image.Image, step: int) -> Image.Image:
    """Each pixel half, its two neighbours at `step` a quarter each; along rows, then columns."""
    width, height = band.size
    wide = _mirrored(band, step)
    left, right = (wide.crop((x, 0, x + width, height)) for x in (0, 2 * step))
    across = _mean(band, left, right)
    tall = _mirrored(across.transpose(Image.Transpose.TRANSPOSE), step)
    tall = tall.transpose(Image.Transpose.TRANSPOSE)
    top, bottom = (tall.crop((0, y, width, y + height)) for y in (0, 2 * step))
    return _mean(across, top, bottom)


def _mean(middle: Image.Image, one: Image.Image, other: Image.Image) -> Image.Image:
    return computed(lambda m, a, b: m * 0.5 + (a + b) * 0.25, middle, one, other)


def _mirrored(band: Image.Image, by: int) -> Image.Image:
    """Columns added on both sides, mirrored at the edge column, again and again if need be."""
    width, height = band.size
    wide = Image.new(band.mode, (width + 2 * by, height))
    wide.paste(band, (by, 0))
    if by < width:
        flipped = band.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        wide.paste(flipped.crop((width - 1 - by, 0, width - 1, height)), (0, 0))
        wide.paste(flipped.crop((1, 0, 1 + by, height)), (by + width, 0))
        return wide
    for x in (*range(-by, 0), *range(width, width + by)):
        source = _mirror_index(x, width)
        wide.paste(band.crop((source, 0, source + 1, height)), (x + by, 0))
    return wide


def _mirror_index(x: int, size: int) -> int:
    period = max(1, 2 * (size - 1))
    x %= period
    return min(x, period - x) if size > 1 else 0
