from __future__ import annotations

from PIL import Image

from thumborlike.filtering import Color, Frame, pixel_filter

from ._canvas import composite
from ._colors import color_of


@pixel_filter
def background_color(frame: Frame, color: Color) -> Frame:
    """Put a colour behind transparent areas: a name, hexadecimal digits, `auto`, `transparent`.

    `auto` is the mean colour of the picture.
    """
    canvas = Image.new("RGBA", frame.image.size, color_of(color, frame.image))
    return frame.with_image(composite(canvas, frame.image, cut=frame.quirks))
