"""What each part of a path says, in words: for the command line and error hunting."""

from __future__ import annotations

from collections.abc import Iterator

from ..records import dataclass
from .grammar import parse, split
from .values import Fit, ImageRequest, Side, Trim

_FITS = {
    Fit.FIT_IN: "shrink to fit into the size, never enlarge",
    Fit.FULL_FIT_IN: "fit so that the size is covered, without cropping",
}
_HALIGNS = {"left": "keep the left when cropping", "right": "keep the right when cropping"}
_VALIGNS = {"top": "keep the top when cropping", "bottom": "keep the bottom when cropping"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a path: its name, its text as sent, and what it asks for."""

    name: str
    value: str
    meaning: str


def explain(path: str) -> tuple[Part, ...]:
    """The parts of a path, in its order. Raises what `parse` raises."""
    return tuple(_parts(parse(path), split(path) or {}))


def _parts(image: ImageRequest, raw: dict[str, str]) -> Iterator[Part]:
    yield _authority(image, raw)
    if image.debug:
        yield Part("debug", "debug", "draw boxes round focal points; no resize, no flip")
    if image.meta:
        yield Part("meta", "meta", "answer with JSON about the picture instead of the picture")
    if image.trim:
        yield Part("trim", raw["trim"], _trim(image.trim))
    yield from _crop(image, raw)
    if image.fit is not Fit.CROP:
        yield Part("fit", _fit_text(raw), _fit(image))
    yield from _size(image, raw)
    if "halign" in raw:
        yield Part("halign", image.halign, _HALIGNS.get(image.halign, "the default: the center"))
    if "valign" in raw:
        yield Part("valign", image.valign, _VALIGNS.get(image.valign, "the default: the middle"))
    if image.smart:
        yield Part("smart", "smart", "crop round what detectors find")
    for call in _calls(image.filters):
        yield Part("filter", call, "run this filter; unknown ones are ignored")
    yield Part("image", raw["image"], f"the source, kept as {image.source}")
    yield Part("signed", image.signed_part, "what a signature covers")


def _authority(image: ImageRequest, raw: dict[str, str]) -> Part:
    if image.unsafe:
        return Part("unsafe", "unsafe", "not signed; needs ALLOW_UNSAFE_URL")
    return Part("signature", raw["hash"], "must be the signature of all that follows it")


def _trim(trim: Trim) -> str:
    if trim.corner is None and trim.tolerance is not None:
        return f"cut the border off, tolerance {trim.tolerance}; Thumbor: bottom-right, tolerance 0"
    corner, tolerance = trim.corner or "top-left", trim.tolerance or 0
    return f"cut off the border coloured like the {corner} pixel, tolerance {tolerance}"


def _crop(image: ImageRequest, raw: dict[str, str]) -> Iterator[Part]:
    if "crop_left" not in raw:
        return
    text = "{crop_left}x{crop_top}:{crop_right}x{crop_bottom}".format_map(raw)
    box = image.crop
    if box is None or box.left >= box.right or box.top >= box.bottom:
        yield Part("crop", text, "ignored: the box is empty")
        return
    size = f"{box.right - box.left} by {box.bottom - box.top} pixels"
    yield Part("crop", text, f"first cut out {size}, from {box.left}, {box.top}")


def _fit_text(raw: dict[str, str]) -> str:
    return raw.get("adaptive", "") + raw.get("full", "") + "fit-in"


def _fit(image: ImageRequest) -> str:
    if not image.width and not image.height:
        return "no effect without a size"
    turned = "; the size is turned where that suits the picture better" if image.adaptive else ""
    return _FITS[image.fit] + turned


def _size(image: ImageRequest, raw: dict[str, str]) -> Iterator[Part]:
    if "size" not in raw:
        return
    ways = (("left to right", image.flip_horizontal), ("upside down", image.flip_vertical))
    flips = " and ".join(way for way, wanted in ways if wanted)
    sides = f"{_side(image.width, 'width')}, {_side(image.height, 'height')}"
    yield Part("size", raw["size"], f"{sides}; flipped {flips}" if flips else sides)


def _side(side: Side, name: str) -> str:
    if side == "orig":
        return f"the source's {name}"
    return f"{name} {side}" if side else f"{name} as it follows"


def _calls(filters: str) -> list[str]:
    if not filters:
        return []
    *closed, last = filters.split("):")
    return [f"{call})" for call in closed] + [last]
