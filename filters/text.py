from __future__ import annotations

from typing import Annotated, Literal

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Color, Frame, Pattern, Percent, pixel_filter

from . import _lettering as lettering

Font = Annotated[str, Pattern(r"\w[\w.-]*", "name of TEXT_FONTS and size in pixels: `sans-24`")]


@pixel_filter(ours=True)
def text(
    frame: Frame,
    text: str,
    x: lettering.Position = "0",
    y: lettering.Position = "0",
    font: Font = "sans-20",
    *,
    color: Color = "black",
    alpha: Percent = 0,
    blend_mode: Literal["normal"] = "normal",
    width: lettering.Width = "0",
    align: lettering.Align = "low",
    justify: Literal["false", "0"] = "false",
    wrap: lettering.Wrap = "word",
    spacing: lettering.Spacing = 0,
) -> Frame:
    """Write on the picture; at most 500 characters, also as `b64:` and URL-safe base64.

    Positions count from left and top, negative ones from right and bottom; `right-9` stands 9
    pixels out over the edge. A font that TEXT_FONTS does not name is the built-in one,
    which has no letters beyond ASCII. `alpha` of 100 is invisible. Lines longer than `width`
    are wrapped; `spacing` is added between lines, in pixels.
    `blend_mode` and `justify` are there for imagor's order of arguments.
    """
    name, _, size = font.rpartition("-")
    if not size.isdecimal() or len(size) > 4 or not 1 <= int(size) <= lettering.MAX_SIZE:
        raise BadFilterArgument(f"a font is name-size, size 1 to {lettering.MAX_SIZE}")
    style = lettering.Lettering(int(size), name, color, alpha, width, align, wrap, spacing)
    return lettering.lettered(frame, text, x, y, style)
