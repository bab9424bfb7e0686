"""`fill`: a background for what the picture leaves open of the requested box."""

from __future__ import annotations

from PIL import Image

from thumborlike.filtering import Color, Frame, pixel_filter

from ._canvas import composite
from ._colors import color_of
from ._gauss import gauss
from ._views import rgba_view

BLUR_RADIUS = 50


@pixel_filter
def fill(frame: Frame, color: Color, transparent: bool = False) -> Frame:
    """Centre the picture on a canvas of the requested size, mostly after `fit-in`.

    `color` is a name, hexadecimal digits, `transparent`, `auto` (the mean colour of the
    picture) or `blur` (the picture itself, blurred and stretched). With `transparent` the
    colour also shows through transparent areas of the picture.
    """
    size = _canvas_size(frame)
    frame.check_size(size)
    canvas = _canvas(frame, color, size)
    at = _centred(frame.image.size, size)
    if transparent:
        return frame.with_image(composite(canvas, frame.image, [at], cut=frame.quirks))
    canvas.paste(rgba_view(frame.image), at)
    return frame.with_image(canvas)


def _canvas_size(frame: Frame) -> tuple[int, int]:
    width, height = frame.requested
    return width or frame.image.width, height or frame.image.height


def _canvas(frame: Frame, color: str, size: tuple[int, int]) -> Image.Image:
    if color == "blur":
        blurred = gauss(rgba_view(frame.image), BLUR_RADIUS, quirks=frame.quirks)
        return blurred.resize(size, frame.resample)
    return Image.new("RGBA", size, color_of(color, frame.image))


def _centred(inner: tuple[int, int], outer: tuple[int, int]) -> tuple[int, int]:
    return (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
