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
    """`image` over the RGBA `canvas`, both with straight alpha, clipped; once for each place."""
    covered, layer = canvas.copy(), rgba_view(image)
    for x, y in places:
        left, top = max(0, -x), max(0, -y)
        right, bottom = min(layer.width, canvas.width - x), min(layer.height, canvas.height - y)
        if left < right and top < bottom:
            covered.alpha_composite(layer, (x + left, y + top), (left, top, right, bottom))
    return covered


def replaced(canvas: Image.Image, image: Image.Image, place: Place) -> Image.Image:
    """`image` instead of what the RGBA `canvas` has there, alpha too; clipped."""
    covered = canvas.copy()
    covered.paste(rgba_view(image), place)
    return covered
