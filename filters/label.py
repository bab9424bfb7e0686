from __future__ import annotations

from typing import Annotated

from thumborlike.filtering import Color, Frame, Pattern, Percent, pixel_filter

from . import _lettering as lettering

FontName = Annotated[str, Pattern(r"\w[\w.-]*", "name of TEXT_FONTS")]


@pixel_filter(ours=True)
def label(
    frame: Frame,
    text: str,
    x: lettering.Position = "0",
    y: lettering.Position = "0",
    size: lettering.Size = 20,
    *,
    color: Color = "black",
    alpha: Percent = 0,
    font: FontName = "sans",
) -> Frame:
    """Write one text on the picture, as `text` with fewer arguments; `size` in pixels.

    Positions count from left and top, negative ones from right and bottom. `alpha` of 100 is
    invisible. A font that TEXT_FONTS does not name is the built-in one.
    """
    style = lettering.Lettering(size, font, color, alpha)
    return lettering.lettered(frame, text, x, y, style)
