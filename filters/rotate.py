from __future__ import annotations

from typing import Annotated

from PIL import Image

from thumborlike.filtering import Frame, Pattern, pixel_filter

_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


_DIGITS = 18
"""Of an angle; with more of them the filter is left out."""


def _angle(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError("too many digits")
    return int(text)


Angle = Annotated[int, Pattern("-?[0-9]+", "whole number", _angle)]


@pixel_filter
def rotate(frame: Frame, degrees: Angle) -> Frame:
    """Turn counter-clockwise by a multiple of 90 degrees; other angles do nothing."""
    turn = _TURNS.get(degrees % 360)
    return frame if turn is None else frame.with_image(frame.image.transpose(turn))
