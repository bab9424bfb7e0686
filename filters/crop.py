"""`crop`: a part of the finished picture."""

from __future__ import annotations

import math
from typing import Annotated

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Range, pixel_filter

Length = Annotated[float, Range(0, 2**31 - 1)]


@pixel_filter(ours=True)
def crop(frame: Frame, left: Length, top: Length, width: Length, height: Length) -> Frame:
    """Keep a box of the result, given after resizing: its corner and its size.

    In pixels; or, if none of the four is above 1, as parts of the result's sides:
    `crop(0.1,0.1,0.8,0.8)`. What lies outside the picture is left out.
    """
    across, down = _scale((left, top, width, height), frame.image.size)
    box = (
        *_span(left * across, width * across, frame.image.width),
        *_span(top * down, height * down, frame.image.height),
    )
    if box[0] >= box[1] or box[2] >= box[3]:
        raise BadFilterArgument("crop leaves nothing of the picture")
    return frame.with_image(frame.image.crop((box[0], box[2], box[1], box[3])))


def _scale(numbers: tuple[float, ...], size: tuple[int, int]) -> tuple[int, int]:
    return size if max(numbers) <= 1 else (1, 1)


def _span(start: float, length: float, side: int) -> tuple[int, int]:
    """First and last pixel (exclusive) along a side, halves rounded up, inside the picture."""
    return math.floor(start + 0.5), min(math.floor(start + length + 0.5), side)
