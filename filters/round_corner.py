"""`round_corner`: corners cut by quarter ellipses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from PIL import Image, ImageChops, ImageDraw, ImageOps

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Natural, Pattern, pixel_filter, whole_number

from ._views import rgb_view, rgba_view

Box = tuple[int, int, int, int]

_ANY = [0] + [255] * 255
_FINENESS = 8
_STRIP = 512
"""Rows of the fine mask that are drawn at once, so that memory does not grow with the radius."""


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
    corner = _corner(across, down)
    changed = seen.copy()
    for box, coverage in _placed(corner, seen.size):
        piece = _colored(seen.crop(box), (red, green, blue), coverage, transparent)
        changed.paste(piece, box[:2])
    return frame.with_image(changed)


def _corner(across: int, down: int) -> Image.Image:
    """Coverage of the top left quarter of an ellipse, antialiased; mode L."""
    corner = Image.new("L", (across, down))
    for top in range(0, down, _STRIP // _FINENESS):
        rows = min(_STRIP // _FINENESS, down - top)
        fine = Image.new("L", (across * _FINENESS, rows * _FINENESS))
        box = (0, -top * _FINENESS, 2 * across * _FINENESS - 1, (2 * down - top) * _FINENESS - 1)
        ImageDraw.Draw(fine).ellipse(box, fill=255)
        corner.paste(fine.reduce(_FINENESS), (0, top))
    return corner


def _placed(corner: Image.Image, size: tuple[int, int]) -> Iterator[tuple[Box, Image.Image]]:
    """The four corners: box in the picture and coverage there."""
    (width, height), (across, down) = size, corner.size
    for x, horizontal in ((0, corner), (width - across, ImageOps.mirror(corner))):
        for y, coverage in ((0, horizontal), (height - down, ImageOps.flip(horizontal))):
            yield (x, y, x + across, y + down), coverage


def _colored(
    piece: Image.Image, color: tuple[int, int, int], coverage: Image.Image, transparent: bool
) -> Image.Image:
    """What is not covered gets the colour. Alpha changes only with `transparent`.

    Formats without alpha then show the colour; where the corner is half covered the picture's
    own colour must stay.
    """
    bands = piece.split()
    mask = coverage.point(_ANY) if transparent else coverage
    changed = [
        Image.composite(band, Image.new("L", band.size, level), mask)
        for band, level in zip(bands, color, strict=False)
    ]
    alpha = [ImageChops.multiply(band, coverage) if transparent else band for band in bands[3:]]
    return Image.merge(piece.mode, [*changed, *alpha])
