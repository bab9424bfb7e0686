"""Arithmetic on whole pictures of mode F or I, in Pillow's C code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image, ImageMath


def computed(formula: Callable[..., Any], *images: Image.Image) -> Image.Image:
    """The picture that `formula` makes pixel by pixel: `computed(lambda a, b: a + b, x, y)`.

    All of one size and mode. Numbers in the formula must be floats to stay in mode F.
    """
    names = [f"image{number}" for number in range(len(images))]
    result: Image.Image = ImageMath.lambda_eval(
        lambda use: formula(*(use[name] for name in names)),
        **dict(zip(names, images, strict=True)),
    )
    return result
