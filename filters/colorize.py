from __future__ import annotations

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Natural, pixel_filter

from ._tables import apply_tables, table


@pixel_filter
def colorize(frame: Frame, red: Natural, green: Natural, blue: Natural, color: str) -> Frame:
    """Mix a colour in, by a percentage for each channel.

    `color` is six hexadecimal digits without `#`.
    """
    try:
        fill_red, fill_green, fill_blue = bytes.fromhex(color)
    except ValueError as error:
        raise BadFilterArgument("colorize needs six hexadecimal digits") from error
    pairs = ((red, fill_red), (green, fill_green), (blue, fill_blue))
    return frame.with_image(apply_tables(frame.image, [_mixed(*pair) for pair in pairs]))


def _mixed(percent: int, fill: int) -> list[int]:
    return table(lambda level: (level * (100 - percent) + fill * percent) / 100)
