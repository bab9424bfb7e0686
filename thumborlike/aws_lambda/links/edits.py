"""Edits, as sharp names them, to what our URLs say. Pure.

Their order is sharp's whatever the JSON's: turn, trim or cut, mirror, resize, border, colours,
other pictures, encoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ...records import dataclass
from ...url.values import CropBox, Fit, HorizontalAlign, Trim, VerticalAlign
from .effects import FILTERS, MOST, Overlay, mapping, overlaid
from .errors import LinkError, bad_edit
from .numbers import color, flag, number, size, whole

IGNORED = frozenset(
    {"animated", "autoOrient", "density", "effort", "ensureAlpha", "gamma", "keepIccProfile",
     "keepMetadata", "pipelineColorspace", "pipelineColourspace", "reductionEffort",
     "withIccProfile", "withMetadata"}
)  # fmt: skip
"""What makes no difference here, or is always so.

`gamma` is that in which sharp resizes: with one argument, levels are what they were.
"""

FORMATS = MappingProxyType(
    {"jpeg": "jpeg", "jpg": "jpeg", "png": "png", "webp": "webp", "avif": "avif", "gif": "gif",
     "tiff": "tiff", "heif": "heic", "heic": "heic"}
)  # fmt: skip

Sides = tuple[HorizontalAlign, VerticalAlign]
POSITIONS: Mapping[str, Sides] = MappingProxyType(
    {
        **dict.fromkeys(("center", "centre"), ("center", "middle")),
        **dict.fromkeys(("top", "north"), ("center", "top")),
        **dict.fromkeys(("bottom", "south"), ("center", "bottom")),
        **dict.fromkeys(("left", "west"), ("left", "middle")),
        **dict.fromkeys(("right", "east"), ("right", "middle")),
        **dict.fromkeys(("left top", "northwest"), ("left", "top")),
        **dict.fromkeys(("right top", "northeast"), ("right", "top")),
        **dict.fromkeys(("left bottom", "southwest"), ("left", "bottom")),
        **dict.fromkeys(("right bottom", "southeast"), ("right", "bottom")),
    }
)  # fmt: skip
SMART = ("attention", "entropy")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What edits come to: parts of an `ImageRequest`, and calls of filters in order."""

    trim: Trim | None = None
    crop: CropBox | None = None
    fit: Fit = Fit.CROP
    width: int = 0
    height: int = 0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    halign: HorizontalAlign = "center"
    valign: VerticalAlign = "middle"
    smart: bool = False
    filters: tuple[str, ...] = ()


def wanted_of(edits: Mapping[str, Any], output_format: str | None, overlay: Overlay) -> Wanted:
    """What is to be made. Raises `LinkError` that names the edit which cannot be."""
    for name in edits:
        if name not in IGNORED and name not in KNOWN:
            raise bad_edit(name)
    given = {
        name: value for name, value in edits.items() if value is not None and value is not False
    }
    resize = mapping(given.get("resize", {}), "resize")
    filters = [*_turning(edits), *_resizing(resize), *_rounding(given, resize)]
    for name, make in FILTERS.items():
        if name in given:
            filters += make(given[name])
    if "overlayWith" in given:
        filters.append(overlaid(mapping(given["overlayWith"], "overlayWith"), overlay))
    filters += _encoding(given, output_format)
    halign, valign, smart = _position(resize)
    return Wanted(
        trim=_trim(given.get("trim")),
        crop=_crop(given),
        fit=_fit(resize),
        width=size(resize.get("width"), "resize"),
        height=size(resize.get("height"), "resize"),
        flip_horizontal=flag(edits.get("flop")),
        flip_vertical=flag(edits.get("flip")),
        halign=halign,
        valign=valign,
        smart=smart or bool(given.get("smartCrop")),
        filters=tuple(filters),
    )


def _turning(edits: Mapping[str, Any]) -> list[str]:
    """Clockwise; ours are counter-clockwise. None asks for what the EXIF says, as we always do."""
    angle = edits.get("rotate")
    if angle is None or angle is False:
        return []
    degrees = number(angle, "rotate") % 360
    if degrees % 90 == 0:
        return [f"orient({int(360 - degrees) % 360})"] if degrees else []
    return [f"rotate({int(360 - degrees)})"]


def _fit(resize: Mapping[str, Any]) -> Fit:
    both = resize.get("width") and resize.get("height")
    kind = resize.get("fit", "cover")
    if kind not in ("cover", "contain", "inside", "outside", "fill"):
        raise bad_edit("resize", "has an unknown fit")
    if not both:
        return Fit.CROP
    return {"contain": Fit.FIT_IN, "inside": Fit.FIT_IN, "outside": Fit.FULL_FIT_IN}.get(
        kind, Fit.CROP
    )


def _resizing(resize: Mapping[str, Any]) -> list[str]:
    kind, calls = resize.get("fit", "cover"), []
    both = resize.get("width") and resize.get("height")
    if resize.get("withoutEnlargement"):
        calls.append("no_upscale()")
    elif both and kind in ("contain", "inside", "outside"):
        calls.append("upscale()")
    if both and kind == "fill":
        calls.append("stretch()")
    if both and kind == "contain":
        calls.append(f"fill({color(resize.get('background', '000000'), 'resize')})")
    if resize.get("ratio"):
        calls.append(f"proportion({number(resize['ratio'], 'resize', 0.0001, 1):g})")
    return calls


def _position(resize: Mapping[str, Any]) -> tuple[HorizontalAlign, VerticalAlign, bool]:
    asked = resize.get("position") or resize.get("gravity") or resize.get("strategy") or "center"
    if asked in SMART:
        return "center", "middle", True
    words = " ".join(sorted(str(asked).lower().split(), key=_vertical_last))
    if words not in POSITIONS:
        raise bad_edit("resize", "has an unknown position")
    return (*POSITIONS[words], False)


def _vertical_last(word: str) -> bool:
    return word in ("top", "bottom")


def _trim(value: Any) -> Trim | None:
    if value is None:
        return None
    if isinstance(value, dict):
        value = value.get("threshold", 10)
    tolerance = 10 if value is True else whole(value, "trim", 0, 442)
    return Trim("top-left", tolerance)


def _crop(given: Mapping[str, Any]) -> CropBox | None:
    box = given.get("crop", given.get("extract"))
    if box is None:
        return None
    parts = mapping(box, "crop")
    left, top = whole(parts.get("left", 0), "crop"), whole(parts.get("top", 0), "crop")
    width, height = whole(parts.get("width", 0), "crop"), whole(parts.get("height", 0), "crop")
    if not width or not height:
        raise LinkError("Crop::AreaOutOfBounds", "the area to be cut is empty")
    return CropBox(left, top, left + width, top + height)


def _rounding(given: Mapping[str, Any], resize: Mapping[str, Any]) -> list[str]:
    """An ellipse in the resized picture; its sides have to be known."""
    asked = given.get("roundCrop")
    if not asked:
        return []
    named = asked if isinstance(asked, dict) else {}
    sides = [size(resize.get(side), "resize") // 2 for side in ("width", "height")]
    rx = whole(named.get("rx", sides[0] or sides[1]), "roundCrop", 1, MOST)
    ry = whole(named.get("ry", sides[1] or sides[0]), "roundCrop", 1, MOST)
    if not rx or not ry:
        raise bad_edit("roundCrop", "needs a size to resize to, or rx and ry")
    cut = []
    if {"left", "top"} & named.keys():
        left = whole(named.get("left", rx), "roundCrop") - rx
        top = whole(named.get("top", ry), "roundCrop") - ry
        cut = [f"crop({max(0, left)},{max(0, top)},{2 * rx},{2 * ry})"]
    return [*cut, f"round_corner({rx}|{ry},0,0,0,1)"]


def _encoding(given: Mapping[str, Any], output_format: str | None) -> list[str]:
    calls = [f"{name}()" for name in ("strip_exif", "strip_icc") if given.get(name)]
    asked = output_format or given.get("toFormat")
    for name in ("jpeg", "png", "webp", "avif", "heif", "tiff"):
        options = given.get(name)
        if isinstance(options, dict) and "quality" in options:
            calls.append(f"quality({whole(options['quality'], name, 1, 100)})")
    if any(_is_lossless(given.get(name)) for name in ("webp", "avif")):
        calls.append("lossless()")
    if given.get("roundCrop") and not asked:
        asked = "png"
    if asked is None:
        return calls
    if str(asked).lower() not in FORMATS:
        raise LinkError("ImageRequestFormat", "the output format is not supported")
    return [*calls, f"format({FORMATS[str(asked).lower()]})"]


def _is_lossless(options: Any) -> bool:
    return isinstance(options, dict) and flag(options.get("lossless"))


KNOWN = frozenset(
    {"resize", "rotate", "flip", "flop", "trim", "crop", "extract", "smartCrop", "roundCrop",
     "overlayWith", "toFormat", "jpeg", "png", "webp", "avif", "heif", "tiff", "strip_exif",
     "strip_icc", "contentModeration", *FILTERS}
)  # fmt: skip
