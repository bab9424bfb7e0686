from __future__ import annotations

from PIL import Image

from thumborlike.filtering import Frame, pixel_filter

_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


@pixel_filter
def rotate(frame: Frame, degrees: int) -> Frame:
    """Turn counter-clockwise by a multiple of 90 degrees; other angles do nothing."""
    turn = _TURNS.get(degrees % 360)
    return frame if turn is None else frame.with_image(frame.image.transpose(turn))
