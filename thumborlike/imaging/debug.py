"""Focal points drawn on the picture, for `debug/`."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from ..interfaces import FocalPoint

LEAST = 10
WHITE = (255, 255, 255)


def with_points(image: Image.Image, points: Iterable[FocalPoint]) -> Image.Image:
    """A copy with a white rectangle round each point that was found or given.

    Thumbor 7.8: sides of one pixel or less are drawn as 10.
    """
    from PIL import ImageDraw  # noqa: PLC0415  (rarely needed)

    drawn = image.convert("RGBA" if "A" in image.getbands() else "RGB")
    pen = ImageDraw.Draw(drawn)
    for point in points:
        if point.origin != "alignment":
            pen.rectangle(_rectangle(point), outline=WHITE)
    return drawn


def _rectangle(point: FocalPoint) -> tuple[float, float, float, float]:
    width = point.width if point.width > 1 else LEAST
    height = point.height if point.height > 1 else LEAST
    left, top = point.x - width // 2, point.y - height // 2
    return left, top, left + width, top + height
