"""`round_corner`: corners cut by quarter ellipses."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, sqrt
from typing import Annotated, NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageOps

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Natural, Pattern, pixel_filter, whole_number

from ._tables import LEVELS
from ._views import rgb_view, rgba_view

Box = tuple[int, int, int, int]

_NOTHING = [255] + [0] * 255
_REVERSED = [255 - level for level in LEVELS]
_FINENESS = 8
"""Parts of a pixel's side that are told apart."""

_LEAST_ROWS, _MOST_ROWS, _STEPS = 48, 128, 6
"""Rows of a step of the stairs that follow the curve, and how many there are if those allow."""

_KEPT = 500 * 1000
"""Pixels of the largest stairs that are kept for the next picture."""


_SIDES = (False, False), (False, True), (True, False), (True, True)


class Step(NamedTuple):
    """A part of a corner through which the curve runs: a box in the picture.

    What lies outside of it, towards the picture's edge, is `bare`. `kept` is what stays of each
    band, RGBA; `uncovered` is white where nothing does; `rest` is what is left to paint, with the
    bare part.
    """

    box: Box
    bare: Box
    kept: Image.Image
    uncovered: Image.Image
    rest: Image.Image

    @property
    def whole(self) -> Box:
        """The part with what is bare beside it."""
        (left, top, right, bottom), (other_left, _, other_right, _) = self.box, self.bare
        return min(left, other_left), top, max(right, other_right), bottom


def _radii(text: str) -> tuple[int, int]:
    across, _, down = text.partition("|")
    return whole_number(across), whole_number(down or across)


Radii = Annotated[tuple[int, int], Pattern(r"[0-9]+(?:\|[0-9]+)?", "radius, or `a|b`", _radii)]


@pixel_filter
def round_corner(
    frame: Frame,
    radii: Radii,
    red: Natural,
    green: Natural,
    blue: Natural,
    *,
    transparent: bool = False,
) -> Frame:
    """Round the corners, filling them with a colour.

    The radius is in pixels, or two: `a|b` across and down; at most half a side. With
    `transparent` the corners become transparent instead.
    """
    if max(red, green, blue) > 255:
        raise BadFilterArgument("round_corner takes colours from 0 to 255")
    seen = rgba_view(frame.image) if transparent else rgb_view(frame.image)
    width, height = seen.size
    across, down = min(radii[0], width // 2), min(radii[1], height // 2)
    if not (across and down):
        return frame.with_image(seen)
    kept = across * min(down, _MOST_ROWS) <= _KEPT
    corners = (_kept_corners if kept else _corners)(across, down)
    changed = seen.copy() if seen is frame.image else seen
    cut = _cut_out if transparent else _painted
    for (right, bottom), steps in corners:
        at = right * (width - across), bottom * (height - down)
        for step in steps:
            cut(changed, step, at, (red, green, blue))
    return frame.with_image(changed)


def _cut_out(image: Image.Image, step: Step, at: tuple[int, int], color: tuple[int, ...]) -> None:
    """Formats without alpha then show the colour; the picture's own stays where half covered."""
    image.paste((*color, 0), _moved(step.bare, at))
    box = _moved(step.box, at)
    part = ImageChops.multiply(image.crop(box), step.kept)
    part.paste((*color, 0), (0, 0, *part.size), step.uncovered)
    image.paste(part, box)


def _painted(image: Image.Image, step: Step, at: tuple[int, int], color: tuple[int, ...]) -> None:
    """What is not covered gets the colour; alpha stays."""
    place = _moved(step.whole, at)
    if image.mode != "RGBA":
        image.paste(color, place, step.rest)
        return
    part = image.crop(place)
    alpha = part.getchannel("A")
    part.paste(color, (0, 0, *part.size), step.rest)
    part.putalpha(alpha)
    image.paste(part, place)


def _size(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _moved(box: Box, at: tuple[int, int]) -> Box:
    (left, top, right, bottom), (x, y) = box, at
    return left + x, top + y, right + x, bottom + y


def _corners(across: int, down: int) -> list[tuple[tuple[bool, bool], list[Step]]]:
    """The steps of each corner, and whether it is right and at the bottom."""
    steps = _steps(across, down)
    return [(side, [_mirrored(step, side, (across, down)) for step in steps]) for side in _SIDES]


_kept_corners = lru_cache(maxsize=8)(_corners)


def _mirrored(step: Step, side: tuple[bool, bool], size: tuple[int, int]) -> Step:
    masks = [step.kept, step.uncovered, step.rest]
    if side[0]:
        masks = [ImageOps.mirror(mask) for mask in masks]
    if side[1]:
        masks = [ImageOps.flip(mask) for mask in masks]
    return Step(_opposite(step.box, side, size), _opposite(step.bare, side, size), *masks)


def _opposite(box: Box, side: tuple[bool, bool], size: tuple[int, int]) -> Box:
    (left, top, right, bottom), (width, height) = box, size
    if side[0]:
        left, right = width - right, width - left
    if side[1]:
        top, bottom = height - bottom, height - top
    return left, top, right, bottom


def _steps(across: int, down: int) -> list[Step]:
    """The top left quarter of an ellipse, from the top."""
    rows = max(_LEAST_ROWS, min(_MOST_ROWS, ceil(down / _STEPS)))
    steps = []
    for top in range(0, down, rows):
        bottom = min(top + rows, down)
        # A pixel more on each side than the curve needs.
        left = max(0, int(_edge(across, down, bottom)) - 1)
        right = min(across, ceil(_edge(across, down, top)) + 1)
        steps.append(_step((left, top, right, bottom), across, down))
    return steps


def _step(box: Box, across: int, down: int) -> Step:
    left, top, right, bottom = box
    coverage = _coverage(box, across, down)
    rest = Image.new("L", (right, bottom - top), 255)
    rest.paste(coverage.point(_REVERSED), (left, 0))
    kept = Image.new("RGBA", coverage.size, "white")
    kept.putalpha(coverage)
    return Step(box, (0, top, left, bottom), kept, coverage.point(_NOTHING, "1"), rest)


def _edge(across: int, down: int, y: int) -> float:
    """Where the ellipse begins at that height."""
    return across * (1 - sqrt(1 - ((down - y) / down) ** 2))


def _coverage(box: Box, across: int, down: int) -> Image.Image:
    """Of the pixels in a box by the ellipse, antialiased; mode L."""
    width, height = _size(box)
    fine = Image.new("L", (width * _FINENESS, height * _FINENESS))
    whole = (-box[0], -box[1], 2 * across - box[0], 2 * down - box[1])
    left, top, right, bottom = (each * _FINENESS for each in whole)
    ImageDraw.Draw(fine).ellipse((left, top, right - 1, bottom - 1), fill=255)
    return fine.reduce(_FINENESS)
