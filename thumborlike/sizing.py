"""The rounding rules of sizes and crops, each on plain numbers. Used by `geometry` and its parts.

`round` is Python's: half to even, as Thumbor's. Boxes are (left, top, right, bottom) in whole
pixels with exclusive right and bottom; sizes are (width, height).
"""

from __future__ import annotations

import math

from .url.values import Side

Size = tuple[int, int]
Target = tuple[float, float]
IntBox = tuple[int, int, int, int]

FAR_APART = 0.05
"""Relative difference from which two aspect ratios are not 'the same', whatever they round to."""


def normalised(size: Size, most: Size, quirks: bool) -> Size:
    """The source's size under MAX_WIDTH and MAX_HEIGHT (0: no limit).

    Thumbor 7.8 looks only at the side with the larger excess, so that one limit alone, or equal
    excess, does nothing; by default both limits hold.
    """
    return _normalised_by_excess(size, most) if quirks else _normalised_by_ratio(size, most)


def _normalised_by_ratio(size: Size, most: Size) -> Size:
    ratio = max(side / limit if limit else 0.0 for side, limit in zip(size, most, strict=True))
    if ratio <= 1:
        return size
    width, height = size
    if most[0] and width / most[0] == ratio:
        return most[0], at_least_one(round(most[0] * height / width))
    return at_least_one(round(most[1] * width / height)), most[1]


def _normalised_by_excess(size: Size, most: Size) -> Size:
    (width, height), (max_width, max_height) = size, most
    over_width, over_height = width - max_width, height - max_height
    if max_width and over_width > max(over_height, 0):
        return max_width, at_least_one(round(max_width * height / width))
    if max_height and over_height > max(over_width, 0):
        return at_least_one(round(max_height * width / height)), max_height
    return size


def at_least_one(side: int) -> int:
    """No side ever rounds to nothing. Thumbor 7.8: a black picture or status 500."""
    return max(side, 1)


def clamped(side: Side, most: int) -> Side:
    """A requested side under its limit; `orig` is not clamped (Thumbor 7.8)."""
    return side if side == "orig" or not most else min(side, most)


def no_larger(side: Side, own: int) -> Side:
    """A requested side under `no_upscale()`; `orig` is never larger."""
    return side if side == "orig" else min(side, own)


def resolved(side: Side, own: int) -> int:
    """A requested side as a number; `orig` is the picture's own."""
    return own if side == "orig" else side


def target(width: Side, height: Side, size: Size) -> Target:
    """The wanted size, as floats like Thumbor's; a missing side follows from the other."""
    own_width, own_height = size
    wide, high = resolved(width, own_width), resolved(height, own_height)
    if not wide and not high:
        return float(own_width), float(own_height)
    if not wide:
        wide = round(high * own_width / own_height)
    elif not high:
        high = round(wide * own_height / own_width)
    return float(at_least_one(wide)), float(at_least_one(high))


def same_ratio(size: Size, wanted: Target, quirks: bool) -> bool:
    """Whether the crop is left out because both ratios are the same to two decimals.

    Thumbor 7.8 squashes very tall pictures by this rule; by default ratios that differ by more
    than `FAR_APART` are told apart, which changes nothing for ratios above 0.2.
    """
    own, other = size[0] / size[1], wanted[0] / wanted[1]
    near = abs(own / other - 1) <= FAR_APART
    return round(own, 2) == round(other, 2) and (quirks or near)


def auto_crop(size: Size, wanted: Target, centre: tuple[float, float]) -> IntBox:
    """The largest box of the wanted ratio round the centre of mass.

    Thumbor 7.8: the height is rounded half to even, the width is rounded up.
    """
    (width, height), (wide, high) = size, wanted
    if wide / width > high / height:
        crop_width, crop_height = width, at_least_one(round(width * high / wide))
    else:
        crop_width, crop_height = math.ceil(wide * height / high), height
    left, right = _placed(centre[0], crop_width, width)
    top, bottom = _placed(centre[1], crop_height, height)
    return left, top, right, bottom


def _placed(centre: float, length: int, whole: int) -> tuple[int, int]:
    start = round(min(max(centre - length / 2, 0.0), whole - length))
    return start, min(start + length, whole)


def turned_if_adaptive(size: Size, wanted: Target) -> bool:
    """Whether `adaptive-` swaps the sides: the picture stands and the box lies, or reverse."""
    (width, height), (wide, high) = size, wanted
    return (width < height and wide > high) or (width > height and wide < high)


def fit_in(size: Size, wanted: Target, full: bool) -> Target:
    """The size that fits into the box, or with `full` covers it; never cropped.

    Without `full` nothing is enlarged. Thumbor 7.8: the derived side is an int and its halves
    are rounded up (+1e-5), the requested side stays a float.
    """
    (width, height), (wide, high) = size, wanted
    if not full and wide >= width and high >= height:
        return width, height
    by_width = width / wide <= height / high if full else width / wide >= height / high
    if by_width:
        return wide, at_least_one(round(height * wide / width + 1e-5))
    return at_least_one(round(width * high / height + 1e-5)), high
