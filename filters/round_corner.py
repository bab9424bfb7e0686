"""`round_corner`: corners cut by quarter ellipses."""

from __future__ import annotations

from typing import Annotated

from PIL import Image, ImageChops, ImageDraw

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Natural, Pattern, pixel_filter, whole_number

from ._views import rgb_view, rgba_view

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
    mask = _mask(seen.size, _corner(across, down))
    if transparent:
        return frame.with_image(_faded(seen, mask))
    return frame.with_image(_colored(seen, (red, green, blue), mask))


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


def _mask(size: tuple[int, int], corner: Image.Image) -> Image.Image:
    (width, height), (across, down) = size, corner.size
    mask = Image.new("L", size, 255)
    mirrored = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for quarter, x in ((corner, 0), (mirrored, width - across)):
        mask.paste(quarter, (x, 0))
        mask.paste(quarter.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (x, height - down))
    return mask


def _faded(image: Image.Image, mask: Image.Image) -> Image.Image:
    faded = image.copy()
    faded.putalpha(ImageChops.multiply(image.getchannel("A"), mask))
    return faded


def _colored(image: Image.Image, color: tuple[int, int, int], mask: Image.Image) -> Image.Image:
    """Alpha stays, as in Thumbor 7.8: only what is seen of the corner changes colour."""
    bands = [
        Image.composite(band, Image.new("L", band.size, level), mask)
        for band, level in zip(image.split(), color, strict=False)
    ]
    return Image.merge(image.mode, (*bands, *image.split()[3:]))
