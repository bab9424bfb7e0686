from __future__ import annotations

import math

from thumborlike.filtering import Frame, pixel_filter

from ._views import rgb_view

_RED, _GREEN, _BLUE = 0.213, 0.715, 0.072
"""How bright each channel looks; the weights of the CSS filter `hue-rotate`."""


@pixel_filter(ours=True)
def hue(frame: Frame, angle: int) -> Frame:
    """Turn all colours along the colour circle by so many degrees; greys and brightness stay."""
    seen = rgb_view(frame.image)
    if angle % 360 == 0:
        return frame.with_image(seen)
    turned = seen.convert("RGB").convert("RGB", _matrix(math.radians(angle % 360)))
    if seen.mode == "RGBA":
        turned.putalpha(seen.getchannel("A"))
    return frame.with_image(turned)


def _matrix(turn: float) -> tuple[float, ...]:
    """Rows of four: what red, green, blue and 1 give to each new channel."""
    cos, sin = math.cos(turn), math.sin(turn)
    grey = (_RED, _GREEN, _BLUE)
    skew = ((-_RED, -_GREEN, 1 - _BLUE), (0.143, 0.140, -0.283), (_RED - 1, _GREEN, _BLUE))
    rows = (
        [
            grey[column] + cos * ((row == column) - grey[column]) + sin * skew[row][column]
            for column in range(3)
        ]
        for row in range(3)
    )
    return tuple(each for row in rows for each in (*row, 0.0))
