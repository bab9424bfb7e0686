"""The frames of an animation made small: only what differs from the frame before is resized."""

from __future__ import annotations

import math

from PIL import Image, ImageChops

from ..geometry import Box, Plan
from .color import displayable, expanded
from .resize import cut, made, turn_of, upright
from .scaling import GAP, scaled

COMPARABLE = frozenset({"L", "LA", "RGB", "RGBA"})
REACH = 3
"""Pixels of the larger scale on each side that the widest filter looks at."""

STEEPEST = 2 * GAP
"""Times smaller than which `scaled` averages whole pixels first: then no patch is exact."""

WORTH = 0.6
"""Part of the result up to which a patch is made instead of the whole."""

Pixels = tuple[int, int, int, int]


class Moving:
    """Gives what `made` gives, one frame after the other.

    A patch of the result depends on no more of the source than its filter reaches, so the
    pixels are the same as if each frame were resized whole. NEAREST has no filter to speak of.
    """

    def __init__(self, orders: Plan, resample: int) -> None:
        self._orders = orders
        self._resample = resample
        self._last: Image.Image | None = None
        self._small: Image.Image | None = None

    def made(self, image: Image.Image, icc: bytes | None) -> Image.Image:
        """One frame as the plan orders; a picture of its own unless nothing is to be done."""
        view, inner = cut(image, self._orders.box)
        if view.size == self._orders.size or displayable(view, icc) is not view:
            return made(image, self._orders, self._resample, icc)
        view = expanded(view)
        if view.mode not in COMPARABLE or self._resample == Image.Resampling.NEAREST:
            return made(image, self._orders, self._resample, icc)
        small = self._resized(view, inner)
        self._last, self._small = view.copy() if view is image else view, small
        return upright(small.copy(), turn_of(self._orders))

    def _resized(self, view: Image.Image, inner: Box) -> Image.Image:
        size = self._orders.size
        if not self._last or not self._small or self._last.mode != view.mode:
            return scaled(view, size, self._resample, inner, self._orders.exact)
        changed = ImageChops.difference(self._last, view).getbbox(alpha_only=False)
        if changed is None:
            return self._small
        patch = reached(changed, inner, size)
        across, down = (inner[2] - inner[0]) / size[0], (inner[3] - inner[1]) / size[1]
        if (
            max(across, down) > STEEPEST
            or (patch[2] - patch[0]) * (patch[3] - patch[1]) > WORTH * size[0] * size[1]
        ):
            return scaled(view, size, self._resample, inner, self._orders.exact)
        small = self._small.copy()
        small.paste(self._patch(view, inner, patch), patch)
        return small

    def _patch(self, view: Image.Image, inner: Box, patch: Pixels) -> Image.Image:
        """That box of the result, from a part of the source that holds all that it depends on."""
        size = self._orders.size
        across, down = (inner[2] - inner[0]) / size[0], (inner[3] - inner[1]) / size[1]
        wide, high = (math.ceil(REACH * max(each, 1.0)) + 1 for each in (across, down))
        box = (
            inner[0] + patch[0] * across,
            inner[1] + patch[1] * down,
            min(inner[0] + patch[2] * across, inner[2]),
            min(inner[1] + patch[3] * down, inner[3]),
        )
        left, top = max(math.floor(box[0]) - wide, 0), max(math.floor(box[1]) - high, 0)
        right, bottom = math.ceil(box[2]) + wide, math.ceil(box[3]) + high
        part = view.crop((left, top, min(right, view.width), min(bottom, view.height)))
        around = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
        made = (patch[2] - patch[0], patch[3] - patch[1])
        return scaled(part, made, self._resample, around, self._orders.exact)


def reached(changed: Pixels, inner: Box, size: tuple[int, int]) -> Pixels:
    """The box of a result of that size from `inner` in which the changed pixels may be seen."""
    left, right = _span(changed[0], changed[2], inner[0], inner[2], size[0])
    top, bottom = _span(changed[1], changed[3], inner[1], inner[3], size[1])
    return left, top, right, bottom


def _span(first: int, end: int, start: float, stop: float, count: int) -> tuple[int, int]:
    scale = (stop - start) / count
    reach = REACH * max(scale, 1.0) + 1
    low = math.floor((first - reach - start) / scale)
    high = math.ceil((end + reach - start) / scale)
    low = min(max(low, 0), count - 1)
    return low, max(min(high, count), low + 1)
