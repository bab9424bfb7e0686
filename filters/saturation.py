"""`saturation`: away from or towards the grey of equal perceived brightness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from thumborlike.filtering import Frame, pixel_filter

from ._arithmetic import by_strips, computed
from ._vectors import chunks, clipped, planes, vectors, with_planes
from ._views import keyed, rgb_view

_COLORLESS = ("1", "L", "LA", "La", "I;16")
"""Modes of pictures without colours, to which this filter does nothing."""

_WEIGHTS = (0.299, 0.587, 0.114)


@pixel_filter
def saturation(frame: Frame, factor: float) -> Frame:
    """Make colours stronger (above 1), weaker (below 1) or grey (0); 1 changes nothing."""
    if frame.image.mode in _COLORLESS:
        return frame.with_image(rgb_view(frame.image))
    seen = rgb_view(frame.image)
    if np := vectors():
        return frame.with_image(keyed(_in_vectors(np, seen, factor), seen))
    changed = by_strips(seen, lambda strip: _saturated(strip, factor))
    return frame.with_image(keyed(changed, seen))


def _in_vectors(np: Any, image: Image.Image, factor: float) -> Image.Image:
    seen = planes(np, image)
    changed = [np.empty_like(plane) for plane in seen]
    keep, weights = np.float32(factor), [np.float32(weight) for weight in _WEIGHTS]
    for rows in chunks(*seen[0].shape):
        exact = [plane[rows].astype(np.float32) for plane in seen]
        grey = sum(level * level * weight for level, weight in zip(exact, weights, strict=True))
        grey = np.sqrt(grey, out=grey)
        grey *= np.float32(1 - factor)
        for level, plane in zip(exact, changed, strict=True):
            made = np.multiply(level, keep, out=level)
            made += grey
            plane[rows] = clipped(np, made)
    return with_planes(image, changed)


def _saturated(image: Image.Image, factor: float) -> Image.Image:
    bands = image.split()
    exact = [band.convert("F") for band in bands[:3]]
    share = _perceived(exact, 1 - factor)
    changed = [
        computed(lambda grey, level: grey + level * factor, share, band).convert("L")
        for band in exact
    ]
    return Image.merge(image.mode, (*changed, *bands[3:]))


def _perceived(bands: Sequence[Image.Image], factor: float) -> Image.Image:
    """Root of the weighted mean square of the channels, times `factor`; mode F."""
    r, g, b = (weight * factor**2 for weight in _WEIGHTS)
    root = computed(lambda x, y, z: (x * x * r + y * y * g + z * z * b) ** 0.5, *bands)
    return root if factor >= 0 else computed(lambda level: -level, root)
