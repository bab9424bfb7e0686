from __future__ import annotations

from typing import Annotated

from PIL import Image

from thumborlike.filtering import Color, Frame, Range, pixel_filter

from ._canvas import composite
from ._colors import color_of

Border = Annotated[int, Range(0, 65535)]


@pixel_filter(ours=True)
def padding(
    frame: Frame,
    color: Color,
    left: Border,
    top: Border | None = None,
    *,
    right: Border | None = None,
    bottom: Border | None = None,
) -> Frame:
    """Add a border outside the picture, in pixels for each side.

    `color` is a name, hexadecimal digits, `transparent` or `auto` (the mean colour); it also
    shows through transparent areas, unless it is `transparent`. A side that is left out is as
    wide as the opposite one; without `top`, all are as wide as `left`.
    """
    top = left if top is None else top
    right = left if right is None else right
    bottom = top if bottom is None else bottom
    width, height = frame.image.size
    size = (left + width + right, top + height + bottom)
    frame.check_size(size)
    canvas = Image.new("RGBA", size, color_of(color, frame.image))
    return frame.with_image(composite(canvas, frame.image, [(left, top)]))
