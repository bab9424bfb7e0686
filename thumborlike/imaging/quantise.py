"""Fewer colours, chosen by libimagequant where Pillow was built with it.

Pillow's own wheels are not (it is GPL); those of some distributions are.
"""

from __future__ import annotations

from PIL import Image, features

LIBRARY = "libimagequant"


def quantised(image: Image.Image, colors: int) -> Image.Image:
    """The RGB, RGBA or L picture with a palette of at most so many colours.

    Otherwise as Thumbor 7.8 leaves it to Pillow: by median cut, with alpha by octree.
    """
    if image.mode != "L" and features.check(LIBRARY):
        return image.quantize(colors, Image.Quantize.LIBIMAGEQUANT)
    return image.quantize(colors)
