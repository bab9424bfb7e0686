"""Putting one picture onto another."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from ._views import rgba_view

Place = tuple[int, int]
"""Left and top; may lie outside the canvas."""


def composite(
    canvas: Image.Image, image: Image.Image, places: Iterable[Place] = ((0, 0),)
) -> Image.Image:
    """Draw `image` over the RGBA `canvas`, both with straight alpha, clipped; at each place.

    Changes the canvas, which must be the caller's own, and returns it.
    """
    layer = rgba_view(image)
    for x, y in places:
        left, top = max(0, -x), max(0, -y)
        right, bottom = min(layer.width, canvas.width - x), min(layer.height, canvas.height - y)
        if left < right and top < bottom:
            canvas.alpha_composite(layer, (x + left, y + top), (left, top, right, bottom))
    return canvas


def own_rgba(image: Image.Image) -> Image.Image:
    """A copy of the picture as RGBA, to draw on."""
    seen = rgba_view(image)
    return image.copy() if seen is image else seen
