"""What can be asked of a picture, by the names of `libthumbor.CryptoURL.generate`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from ..errors import MalformedRequest
from ..url.encoding import encode
from ..url.values import (
    Corner,
    CropBox,
    Fit,
    HorizontalAlign,
    ImageRequest,
    Side,
    Trim,
    VerticalAlign,
)

Point = tuple[int, int]


class Options(TypedDict, total=False):
    """Sides in pixels or `"orig"`, negative to flip; 0 for what follows from the other.

    `crop`: `((left, top), (right, bottom))` in pixels of the source, or the four in a row.
    `trim`: True, or the corner whose colour the border has. `flip` is left to right, `flop`
    upside down. `filters`: calls such as `"blur(2)"`.
    """

    width: Side
    height: Side
    crop: tuple[Point, Point] | tuple[int, int, int, int]
    trim: bool | Corner
    fit_in: bool
    full_fit_in: bool
    adaptive_fit_in: bool
    adaptive_full_fit_in: bool
    flip: bool
    flop: bool
    halign: HorizontalAlign
    valign: VerticalAlign
    smart: bool
    meta: bool
    debug: bool
    filters: Iterable[str]


def request(source: str, options: Options) -> ImageRequest:
    """The request for a source, not yet escaped. Raises `MalformedRequest`."""
    unknown = sorted(set(options) - set(Options.__annotations__))
    if unknown:
        raise MalformedRequest(f"unknown: {', '.join(unknown)}")
    width, height = options.get("width", 0), options.get("height", 0)
    return ImageRequest(
        path="",
        signature=None,
        unsafe=False,
        signed_part="",
        source=encode(source),
        debug=options.get("debug", False),
        meta=options.get("meta", False),
        trim=_trim(options.get("trim", False)),
        crop=_crop(options.get("crop")),
        **_fit(options),
        width=_length(width),
        height=_length(height),
        flip_horizontal=options.get("flip", False) != _is_negative(width),
        flip_vertical=options.get("flop", False) != _is_negative(height),
        halign=options.get("halign", "center"),
        valign=options.get("valign", "middle"),
        smart=options.get("smart", False),
        filters=":".join(options.get("filters", ())),
    )


def _trim(wanted: bool | Corner) -> Trim | None:
    if isinstance(wanted, str):
        return Trim(wanted)
    return Trim() if wanted else None


def _crop(box: Any) -> CropBox | None:
    if box is None:
        return None
    sides = tuple(box) if len(box) == 4 else (*box[0], *box[1])
    return CropBox(*sides)


def _fit(options: Options) -> dict[str, Any]:
    """One of the four, as libthumbor has them; each needs a side."""
    adaptive = options.get("adaptive_fit_in", False) or options.get("adaptive_full_fit_in", False)
    full = options.get("full_fit_in", False) or options.get("adaptive_full_fit_in", False)
    if not (adaptive or full or options.get("fit_in", False)):
        return {}
    if not options.get("width") and not options.get("height"):
        raise MalformedRequest("fitting in needs a width or a height")
    return {"fit": Fit.FULL_FIT_IN if full else Fit.FIT_IN, "adaptive": adaptive}


def _length(side: Side) -> Side:
    return side if isinstance(side, str) else abs(side)


def _is_negative(side: Side) -> bool:
    return not isinstance(side, str) and side < 0
