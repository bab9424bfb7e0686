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


def by_strips(
    image: Image.Image,
    change: Callable[[Image.Image], Image.Image],
    *,
    reach: int = 0,
    pixels: int = 131072,
) -> Image.Image:
    """`change` applied to strips of about so many pixels, small enough for the cache.

    For changes that keep size and mode and look at most `reach` rows up and down: several
    times faster on large pictures than one step after another over the whole.
    """
    width, height = image.size
    rows = max(1, pixels // width, 4 * reach)
    if rows >= height:
        return change(image)
    changed = Image.new(image.mode, image.size)
    for top in range(0, height, rows):
        above, bottom = max(0, top - reach), min(top + rows, height)
        strip = change(image.crop((0, above, width, min(bottom + reach, height))))
        changed.paste(strip.crop((0, top - above, width, bottom - above)), (0, top))
    return changed
