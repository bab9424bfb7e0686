"""Colours as URLs write them."""

from __future__ import annotations

from PIL import Image, ImageColor, ImageStat

from thumborlike.errors import BadFilterArgument

from ._views import rgb_view

RGBA = tuple[int, int, int, int]


def color_of(text: str, image: Image.Image) -> RGBA:
    """A CSS name, hexadecimal digits without `#`, `transparent`, or `auto`: the mean of `image`.

    Raises BadFilterArgument for anything else (Thumbor 7.8: 500).
    """
    if text == "transparent":
        return (0, 0, 0, 0)
    if text == "auto":
        return mean_color(image)
    return _named(text) or _named(f"#{text}") or _unknown()


def mean_color(image: Image.Image) -> RGBA:
    """Mean of each channel, rounded down; alpha is ignored and the result opaque."""
    found = ImageStat.Stat(rgb_view(image))
    red, green, blue = (int(total) // found.count[0] for total in found.sum[:3])
    return (red, green, blue, 255)


def _named(text: str) -> RGBA | None:
    try:
        red, green, blue, *alpha = ImageColor.getrgb(text)
    except ValueError:
        return None
    return (red, green, blue, *(alpha or [255]))  # type: ignore[return-value]


def _unknown() -> RGBA:
    raise BadFilterArgument("unknown colour")
