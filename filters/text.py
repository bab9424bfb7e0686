from __future__ import annotations

from typing import Annotated, Literal

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Color, Frame, Pattern, Percent, Range, pixel_filter

from . import _lettering as lettering
from ._blending import BlendMode

Font = Annotated[str, Pattern(r"\w[\w.-]*", "name of TEXT_FONTS and size in points: `sans-24`")]
Dpi = Annotated[int, Range(1, 1200)]

POINTS_PER_INCH = 72


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
    blend_mode: BlendMode = "normal",
    width: lettering.Width = "0",
    align: lettering.Align = "low",
    justify: Literal["true", "false", "1", "0"] = "false",
    wrap: lettering.Wrap = "word",
    spacing: lettering.Spacing = 0,
    dpi: Dpi = POINTS_PER_INCH,
) -> Frame:
    """Write on the picture; at most 500 characters, also as `b64:` and URL-safe base64.

    Positions count from left and top, negative ones from right and bottom; `right-9` stands 9
    pixels out over the edge. A font that TEXT_FONTS does not name is the built-in one,
    which has no letters beyond ASCII. A point is a pixel at 72 `dpi`. `alpha` of 100 is
    invisible. Lines longer than `width` are wrapped, with `justify` they fill it but for the
    last of a paragraph; `spacing` is added between lines, in pixels. Text from right to left
    is set in its order where Pillow has Raqm and FriBiDi.
    """
    name, _, points = font.rpartition("-")
    size = int(points) * dpi // POINTS_PER_INCH if points.isdecimal() and len(points) <= 4 else 0
    if not 1 <= size <= lettering.MAX_SIZE:
        raise BadFilterArgument(f"a font is name-size, size 1 to {lettering.MAX_SIZE} pixels")
    style = lettering.Lettering(
        size,
        name,
        color,
        alpha,
        width,
        align,
        justify in ("true", "1"),
        wrap,
        spacing,
        blend_mode,
    )
    return lettering.lettered(frame, text, x, y, style)
