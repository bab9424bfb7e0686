"""Blend modes, as W3C's Compositing and Blending defines them, on straight alpha."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from PIL import Image, ImageChops, ImageMath

from ._canvas import Place, composite

BlendMode = Literal[
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn",
    "hard-light", "soft-light", "difference", "exclusion", "add", "mask", "mask-out",
]  # fmt: skip

Blend = Callable[[Image.Image, Image.Image], Image.Image]
"""Backdrop and layer, both RGB, to RGB."""


def blended(canvas: Image.Image, layer: Image.Image, place: Place, mode: str) -> Image.Image:
    """The RGBA canvas with an RGBA layer on it; may change the canvas, which is the caller's.

    `mask` keeps the canvas where the layer is, `mask-out` where it is not; both look at alpha
    alone.
    """
    if mode == "normal":
        return composite(canvas, layer, [place])
    box = _common(canvas, layer, place)
    if box is None:
        return canvas
    if mode in ("mask", "mask-out"):
        return _masked(canvas, layer, place, outside=mode == "mask-out")
    left, top, right, bottom = box
    seen = layer.crop((left - place[0], top - place[1], right - place[0], bottom - place[1]))
    canvas.paste(_mixed(canvas.crop(box), seen, mode), box)
    return canvas


def _common(
    canvas: Image.Image, layer: Image.Image, place: Place
) -> tuple[int, int, int, int] | None:
    left, top = max(place[0], 0), max(place[1], 0)
    right = min(place[0] + layer.width, canvas.width)
    bottom = min(place[1] + layer.height, canvas.height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _masked(canvas: Image.Image, layer: Image.Image, place: Place, *, outside: bool) -> Image.Image:
    shape = Image.new("L", canvas.size)
    shape.paste(layer.getchannel("A"), place)
    kept = ImageChops.invert(shape) if outside else shape
    canvas.putalpha(ImageChops.multiply(canvas.getchannel("A"), kept))
    return canvas


def _mixed(below: Image.Image, above: Image.Image, mode: str) -> Image.Image:
    if mode == "add":
        return _added(below, above)
    backdrop, source = below.convert("RGB"), above.convert("RGB")
    mixed = Image.composite(_BLENDS[mode](backdrop, source), source, below.getchannel("A"))
    mixed.putalpha(above.getchannel("A"))
    return Image.alpha_composite(below, mixed)


def _added(below: Image.Image, above: Image.Image) -> Image.Image:
    """Light on light: colours weighted with their alpha are added, and so is alpha."""
    total = ImageChops.add(below.convert("RGBa"), above.convert("RGBa"))
    return total.convert("RGBA")


Least = Callable[[Any, Any], Any]
Formula = Callable[[Any, Any, Least], Any]
"""Levels of backdrop and source from 0 to 1, and the smaller of two, to a level."""


def _by_channel(formula: Formula) -> Blend:
    def blend(backdrop: Image.Image, source: Image.Image) -> Image.Image:
        pairs = zip(backdrop.split(), source.split(), strict=True)
        return Image.merge("RGB", [_levels(below, above, formula) for below, above in pairs])

    return blend


def _levels(below: Image.Image, above: Image.Image, formula: Formula) -> Image.Image:
    def run(given: Mapping[str, Any]) -> Any:
        backdrop, source = (given["float"](given[name]) / 255 for name in ("below", "above"))
        return given["convert"](formula(backdrop, source, given["min"]) * 255 + 0.5, "L")

    made: Image.Image = ImageMath.lambda_eval(run, below=below, above=above)
    return made


def _dodge(b: Any, s: Any, least: Least) -> Any:
    return least(b / (1 - s + (s > 1 - _TINY) * _TINY), b * 0 + 1)


def _burn(b: Any, s: Any, least: Least) -> Any:
    return 1 - least((1 - b) / (s + (s < _TINY) * _TINY), b * 0 + 1)


def _soft_light(b: Any, s: Any, _: Least) -> Any:
    dark = b - (1 - 2 * s) * b * (1 - b)
    curve = (b <= 0.25) * (((16 * b - 12) * b + 4) * b) + (b > 0.25) * b**0.5
    return (s <= 0.5) * dark + (s > 0.5) * (b + (2 * s - 1) * (curve - b))


def _exclusion(b: Any, s: Any, _: Least) -> Any:
    return b + s - 2 * b * s


_TINY = 1e-6
"""Instead of a division by nothing."""

_BLENDS: Mapping[str, Blend] = MappingProxyType(
    {
        "multiply": ImageChops.multiply,
        "screen": ImageChops.screen,
        "overlay": ImageChops.overlay,
        "darken": ImageChops.darker,
        "lighten": ImageChops.lighter,
        "color-dodge": _by_channel(_dodge),
        "color-burn": _by_channel(_burn),
        "hard-light": ImageChops.hard_light,
        "soft-light": _by_channel(_soft_light),
        "difference": ImageChops.difference,
        "exclusion": _by_channel(_exclusion),
    }
)
