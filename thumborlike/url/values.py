"""What a URL says, as values. No I/O, no settings."""

from __future__ import annotations

import enum
from typing import Literal

from ..records import dataclass

Side = int | Literal["orig"]
"""A requested side in pixels: 0 means 'derive from the other', `"orig"` the source's own."""

HorizontalAlign = Literal["left", "center", "right"]
VerticalAlign = Literal["top", "middle", "bottom"]
Corner = Literal["top-left", "bottom-right"]


class Fit(enum.Enum):
    """How the picture meets the requested box."""

    CROP = "crop"
    FIT_IN = "fit-in"
    FULL_FIT_IN = "full-fit-in"


@dataclass(frozen=True, slots=True)
class CropBox:
    """A manual crop in pixels of the oriented source; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Trim:
    """Cut away a uniform border. `corner` and `tolerance` exactly as the URL has them.

    `corner` is None where the URL names none: `trim`, and `trim:50`, which Thumbor 7.8 takes
    for bottom-right with tolerance 0.
    """

    corner: Corner | None = None
    tolerance: int | None = None


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A parsed image URL. Values are as written; nothing is clamped yet.

    `path` is the raw request path. `signed_part` is what the signature covers: the raw path
    without `/<signature>/`. `filters` is the percent-decoded text of the filters segment
    without `filters:`, or "". `source` is the image, decoded once and quoted with `/` kept.
    """

    path: str
    signature: str | None
    unsafe: bool
    signed_part: str
    source: str
    debug: bool = False
    meta: bool = False
    trim: Trim | None = None
    crop: CropBox | None = None
    fit: Fit = Fit.CROP
    adaptive: bool = False
    width: Side = 0
    height: Side = 0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    halign: HorizontalAlign = "center"
    valign: VerticalAlign = "middle"
    smart: bool = False
    filters: str = ""
