"""`redact`: what detection finds is made unrecognisable, or the answer is an error."""

from __future__ import annotations

from typing import Annotated, Literal

from PIL import Image

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Color, Frame, Pattern, Range, pixel_filter

from ._colors import color_of
from ._found import boxes_of
from ._views import bare, rgb_view

_WORDS = r"[A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+){0,4}"
Kind = Annotated[str, Pattern(_WORDS, "kind of what detectors find, or `all`", str.lower)]
Strength = Annotated[int, Range(1, 100)]

MARGIN = 0.2
"""Of its sides, by which more than the found box is redacted: hair, ears and chin."""

FINEST, COARSEST = 14, 2
"""Cells along the longer side of a region that are left of it, at strength 1 and 100."""

HIDDEN, GREY = 64, (128, 128, 128)
"""Alpha below which colours are not seen, and what detection sees in their place."""

LEAST_CELL = 4
"""Pixels; regions of few pixels are left fewer cells."""


@pixel_filter(ours=True, seeks="what", strict=True)
def redact(
    frame: Frame,
    mode: Literal["blur", "pixelate", "fill"] = "blur",
    strength: Strength = 50,
    what: Kind = "face",
    color: Color = "black",
) -> Frame:
    """Make faces unrecognisable: `blur`, `pixelate`, or `fill` with `color`.

    Faces are those that DETECTORS find; `what` may be another kind that one of them finds, or
    `all`. So many cells are left of a region along its longer side: 14 at `strength` 1, 8 at 50,
    2 at 100. It runs before other filters, wherever it stands.

    Where nothing is found the picture stays as it is. The answer is an error where that cannot be
    known: a detector fails, or none finds such a thing; so it is for animations (add `cover()`),
    in pictures within pictures, and for arguments that do not fit. See docs/smart.md.
    """
    if frame.frames > 1:
        raise BadFilterArgument("redact() works on single pictures: add cover()")
    found = frame.seen(what)
    frame = _without_the_hidden(frame)
    if not found:
        return frame
    seen = bare(rgb_view(frame.image))
    ink = color_of(color, seen) if mode == "fill" else None
    smooth = Image.Resampling.BICUBIC if mode == "blur" else Image.Resampling.NEAREST
    done = seen.copy()
    for box in boxes_of(found, seen.size, MARGIN):
        hidden = ink[: len(seen.getbands())] if ink else _coarse(seen.crop(box), strength, smooth)
        done.paste(hidden, box)
    return frame.with_image(done)


def _without_the_hidden(frame: Frame) -> Frame:
    """Nothing under what is nearly clear: detection saw none of it, and a JPEG would show it."""
    seen = bare(rgb_view(frame.image))
    if seen.mode != "RGBA":
        return frame
    alpha = seen.getchannel("A")
    hidden = alpha.point(lambda level: 255 if level < HIDDEN else 0)
    if not hidden.getbbox():
        return frame
    seen.paste(GREY, mask=hidden)
    seen.putalpha(alpha)
    return frame.with_image(seen)


def _coarse(area: Image.Image, strength: int, smooth: Image.Resampling) -> Image.Image:
    """The area out of few cells, each the mean of many pixels: nothing undoes that."""
    longest = max(area.size)
    cells = COARSEST + (FINEST - COARSEST) * (100 - strength) / 99
    side = max(longest / cells, LEAST_CELL)
    width, height = (max(round(each / side), 1) for each in area.size)
    return area.resize((width, height), Image.Resampling.BOX).resize(area.size, smooth)
