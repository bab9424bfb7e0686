"""The first page of a PDF, through pdfium in a process of its own."""

from __future__ import annotations

import functools

from PIL import Image

from ..settings.sections import ImagingSettings
from .deferred import Drawing
from .drawing import draw, opened
from .svg import most_pixels


def open_image(body: bytes, imaging: ImagingSettings) -> Image.Image:
    """The page at SVG_DPI dots per inch; it is drawn at the size that the request needs."""
    width, height = map(int, draw("pdf-size", body, imaging.svg_dpi).split())
    make = functools.partial(_drawn, body, imaging.svg_dpi)
    return Drawing("RGB", (width, height), make, most_pixels(imaging))


def _drawn(body: bytes, dpi: int, size: tuple[int, int]) -> Image.Image:
    return opened(draw("pdf", body, *size, dpi), size, "RGB")
