"""Putting one picture onto another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from PIL import Image

from ._arithmetic import computed
from ._views import rgba_view

Place = tuple[int, int]
"""Left and top; may lie outside the canvas."""

Size = tuple[int, int]
Box = tuple[int, int, int, int]


_HAIR = 0.001
"""Keeps a level that float arithmetic left just below it."""
_NOTHING = 1e-9
"""So that nothing is divided by the alpha of what is wholly clear."""


def composite(
    canvas: Image.Image,
    image: Image.Image,
    places: Iterable[Place] = ((0, 0),),
    *,
    cut: bool = False,
) -> Image.Image:
    """Draw `image` over the RGBA `canvas`, both with straight alpha, clipped; at each place.

    `cut`: fractions of levels are cut, not rounded (Thumbor 7.8), which takes longer.
    Changes the canvas, which must be the caller's own, and returns it.
    """
    layer, spots = rgba_view(image), list(places)
    if cut and len(spots) > 1:
        layer, spots = _sheet(canvas.size, layer, spots), [(0, 0)]
    for at, part in _clipped(canvas.size, layer.size, spots):
        if cut:
            below = canvas.crop(at)
            canvas.paste(_composite_cut(below, layer.crop(part)), at)
        else:
            canvas.alpha_composite(layer, at[:2], part)
    return canvas


def with_layer(
    image: Image.Image, layer: Image.Image, places: Iterable[Place], *, cut: bool = False
) -> Image.Image:
    """A copy of the picture with a layer on top, as `composite` draws it; RGBA.

    An opaque picture stays RGB, and has only those parts converted that the layer covers; not
    where levels are cut, as Thumbor 7.8 makes it RGBA.
    """
    if cut or image.mode != "RGB" or "transparency" in image.info:
        return composite(own_rgba(image), layer, places, cut=cut)
    canvas, above = image.copy(), rgba_view(layer)
    for at, part in _clipped(canvas.size, above.size, places):
        covered = canvas.crop(at).convert("RGBA")
        covered.alpha_composite(above, (0, 0), part)
        canvas.paste(covered.convert("RGB"), at)
    return canvas


def _clipped(canvas: Size, layer: Size, places: Iterable[Place]) -> Iterator[tuple[Box, Box]]:
    """Which box of the canvas is covered by which of the layer; none where they do not meet."""
    for x, y in places:
        left, top = max(0, -x), max(0, -y)
        right, bottom = min(layer[0], canvas[0] - x), min(layer[1], canvas[1] - y)
        if left < right and top < bottom:
            yield (x + left, y + top, x + right, y + bottom), (left, top, right, bottom)


def _sheet(size: tuple[int, int], tile: Image.Image, places: Iterable[Place]) -> Image.Image:
    """All tiles, which do not overlap, on one clear picture."""
    sheet = Image.new("RGBA", size)
    for place in places:
        sheet.paste(tile, place)
    return sheet


def _composite_cut(canvas: Image.Image, layer: Image.Image) -> Image.Image:
    """Of two pictures of one size."""
    (*above, over), (*below, under) = (
        [band.convert("F") for band in each.split()] for each in (layer, canvas)
    )
    part = computed(lambda a, b: b * (255.0 - a) / 255.0, over, under)
    alpha = computed(lambda a, b: a + b, over, part)
    levels = [
        computed(_weighed, *pair, over, part, alpha) for pair in zip(above, below, strict=True)
    ]
    return Image.merge("RGBA", [each.convert("L") for each in (*levels, computed(_kept, alpha))])


def _weighed(one: Any, other: Any, over: Any, part: Any, alpha: Any) -> Any:
    return (one * over + other * part) / (alpha + _NOTHING) + _HAIR


def _kept(alpha: Any) -> Any:
    return alpha + _HAIR


def own_rgba(image: Image.Image) -> Image.Image:
    """A copy of the picture as RGBA, to draw on."""
    seen = rgba_view(image)
    return image.copy() if seen is image else seen
