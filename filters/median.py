"""`median`: specks go, edges stay."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from PIL import Image, ImageFilter

from thumborlike.filtering import Frame, Range, pixel_filter

from ._views import changed_alike

_LARGEST = 5
"""Pixels of a side: its square takes about a second for a megapixel."""


@pixel_filter(ours=True)
def median(frame: Frame, side: Annotated[int, Range(1, _LARGEST)] = 3) -> Frame:
    """Make each pixel the middle one of the square around it, by channel: specks go.

    `side` is that of the square in pixels; an even one counts as the next odd one.
    """
    return frame.with_image(changed_alike(frame.image, partial(_medians, side=side | 1)))


def _medians(seen: Image.Image, side: int) -> Image.Image:
    return seen.filter(ImageFilter.MedianFilter(side))
