"""`round_corner`: corners cut by quarter ellipses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated

from PIL import Image, ImageChops, ImageDraw, ImageOps

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Natural, Pattern, pixel_filter, whole_number

from ._tables import LEVELS
from ._views import rgb_view, rgba_view

Box = tuple[int, int, int, int]

_NOTHING = [255] + [0] * 255
_REVERSED = [255 - level for level in LEVELS]
_FINENESS, _FINE_ENOUGH = 8, 4
"""Parts of a pixel's side that are told apart, for small corners and for large ones."""

_LARGE = 100 * 100
_STRIP = 512
"""Rows of the fine mask that are drawn at once, so that memory does not grow with the radius."""

_KEPT = 500 * 1000
"""Pixels of the largest mask that is kept for the next picture."""


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
    draw = _kept_corner if across * down <= _KEPT else _corner
    return frame.with_image(_cut(seen, draw(across, down), (red, green, blue), transparent))


def _cut(
    seen: Image.Image, corner: Image.Image, color: tuple[int, int, int], transparent: bool
) -> Image.Image:
    """What is not covered gets the colour. Alpha changes only with `transparent`.

    Formats without alpha then show the colour; where the corner is half covered the picture's
    own colour must stay.
    """
    changed = seen.copy()
    alpha = seen.getchannel("A") if seen.mode == "RGBA" else None
    plain = Image.new(seen.mode, corner.size, (*color, 255)[: len(seen.mode)])
    bare = corner.point(_NOTHING, "1") if transparent else corner.point(_REVERSED)
    for (box, coverage), (_, mask) in zip(
        _placed(corner, seen.size), _placed(bare, seen.size), strict=True
    ):
        changed.paste(plain, box, mask)
        if alpha and transparent:
            alpha.paste(ImageChops.multiply(alpha.crop(box), coverage), box)
    if alpha:
        changed.putalpha(alpha)
    return changed


def _corner(across: int, down: int) -> Image.Image:
    """Coverage of the top left quarter of an ellipse, antialiased; mode L."""
    fineness = _FINENESS if across * down < _LARGE else _FINE_ENOUGH
    corner = Image.new("L", (across, down))
    for top in range(0, down, _STRIP // fineness):
        rows = min(_STRIP // fineness, down - top)
        fine = Image.new("L", (across * fineness, rows * fineness))
        box = (0, -top * fineness, 2 * across * fineness - 1, (2 * down - top) * fineness - 1)
        ImageDraw.Draw(fine).ellipse(box, fill=255)
        corner.paste(fine.reduce(fineness), (0, top))
    return corner


_kept_corner = lru_cache(maxsize=8)(_corner)


def _placed(corner: Image.Image, size: tuple[int, int]) -> Iterator[tuple[Box, Image.Image]]:
    """The four corners: box in the picture and coverage there."""
    (width, height), (across, down) = size, corner.size
    for x, horizontal in ((0, corner), (width - across, ImageOps.mirror(corner))):
        for y, coverage in ((0, horizontal), (height - down, ImageOps.flip(horizontal))):
            yield (x, y, x + across, y + down), coverage
