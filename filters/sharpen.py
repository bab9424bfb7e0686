"""`sharpen`: by wavelets, of brightness alone or of each channel."""

from __future__ import annotations

from functools import partial

from PIL import Image

from thumborlike.filtering import Frame, pixel_filter

from ._arithmetic import by_strips, computed
from ._vector_wavelets import sharpened
from ._vectors import vectors
from ._views import changed_alike
from ._wavelets import REACH, details

_MOST = 1000.0
_LUMINANCE = (0.299, 0.587, 0.114)
_AT_ONCE = 1_500_000
"""Pixels that are sharpened at once with vector instructions, so that memory stays bounded."""


@pixel_filter(amplifies=True)
def sharpen(frame: Frame, amount: float, radius: float, luminance_only: bool) -> Frame:
    """Make details stronger.

    `amount` is how much, `radius` the size of the details (0 to 4, each step twice the size).
    `luminance_only` keeps the colours.
    """
    amount, radius = (max(-_MOST, min(_MOST, each)) for each in (amount, radius))
    return frame.with_image(
        changed_alike(frame.image, lambda seen: _by_strips(seen, amount, radius, luminance_only))
    )


def _by_strips(
    seen: Image.Image, amount: float, radius: float, luminance_only: bool
) -> Image.Image:
    luminance_only = luminance_only and seen.mode != "L"
    if np := vectors():
        weights = _LUMINANCE if luminance_only else None
        fast = partial(sharpened, np, amount=amount, radius=radius, luminance=weights)
        return by_strips(seen, fast, reach=REACH, pixels=_AT_ONCE)
    plain = partial(_sharpened, amount=amount, radius=radius, luminance_only=luminance_only)
    return by_strips(seen, plain, reach=REACH)


def _sharpened(
    image: Image.Image, amount: float, radius: float, luminance_only: bool
) -> Image.Image:
    bands = image.split()
    if luminance_only:
        gains = [details(_luminance(bands), amount, radius)] * 3
    else:
        gains = [details(band.convert("F"), amount, radius) for band in bands[:3]]
    changed = [_sum(band, gain) for band, gain in zip(bands, gains, strict=False)]
    return Image.merge(image.mode, (*changed, *bands[3:]))


def _luminance(bands: tuple[Image.Image, ...]) -> Image.Image:
    r, g, b = _LUMINANCE
    levels = [band.convert("F") for band in bands[:3]]
    return computed(lambda red, green, blue: red * r + green * g + blue * b, *levels)


def _sum(band: Image.Image, gain: Image.Image) -> Image.Image:
    # The hair keeps a level that float arithmetic left just below it.
    changed = computed(lambda level, more: level + more + 0.001, band.convert("F"), gain)
    return changed.convert("L")
