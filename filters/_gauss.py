"""Thumbor's Gaussian blur, out of box blurs.

Thumbor 7.8 cuts the bell at the radius, by default at one sigma, so a library's Gaussian looks
stronger. A symmetric falling kernel is a stack of boxes; here the stack is simplified to two or,
if it is wide, three boxes of the same second moment, which Pillow computes in time independent
of the radius. The narrowest kernels are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import exp, sqrt

from PIL import Image, ImageChops, ImageFilter

from ._kernels import convolved
from ._views import bare, keyed

Box = tuple[float, float]
"""Radius and weight."""

MAX_RADIUS = 150
_EXACT = 2
_CUT_EXACTLY = 6
"""Radius up to which Thumbor's cut fractions are reproduced one by one: later filters see them."""
_TWO_BOXES = 12
"""Radius up to which a third box would change a flat bell less than rounding does."""
_LEVEL_LESS = [max(level - 1, 0) for level in range(256)]
"""What cutting fractions twice comes to on average."""
_FLAT = 1.25
"""Radius in sigmas up to which a bell is little more than a box with a hill on it."""
_BELL_ENDS = 3
"""Radius in sigmas from which nothing of the bell is cut that could be seen."""


def gauss(
    image: Image.Image, radius: int, sigma: float = 0, *, quirks: bool = False
) -> Image.Image:
    """The picture, RGB or RGBA, blurred over `radius` (at least 1) pixels to each side.

    Transparent colours do not bleed, and levels are rounded; with `quirks` they do and are
    cut, as in Thumbor 7.8.
    """
    plain, width = bare(image), abs(sigma) or radius
    reach = min(radius, MAX_RADIUS)
    if image.mode == "RGBA" and not quirks:
        blurred = _blurred(plain.convert("RGBa"), reach, width, cut=False)
        return keyed(blurred.convert("RGBA"), image)
    return keyed(_blurred(plain, reach, width, cut=quirks), image)


def _blurred(image: Image.Image, reach: int, sigma: float, *, cut: bool) -> Image.Image:
    bell = _bell(reach, sigma)
    flat = reach <= _FLAT * sigma
    if reach == 1 or reach <= (_CUT_EXACTLY if cut else 0 if flat else _EXACT):
        return _exact(image, [*bell[:0:-1], *bell], cut=cut)
    if reach >= _BELL_ENDS * sigma:
        blurred = image.filter(ImageFilter.GaussianBlur(sigma))
        return blurred.point(_LEVEL_LESS * len(blurred.getbands())) if cut else blurred
    if flat and reach <= _TWO_BOXES:
        inner, outer = _boxes(bell, 1)
        return _twice(image, lambda half: _blended(half, inner[0], outer), bright=not cut)
    boxes = _boxes(bell, 2)
    return _twice(image, lambda half: _stacked(half, boxes, cut))


def _twice(
    image: Image.Image, blurred: Callable[[Image.Image], Image.Image], *, bright: bool = False
) -> Image.Image:
    """`blurred` along rows, then along columns, turned: Pillow's blur is fast along rows.

    `bright`: the second time in negative, so that fractions cut both times leave no darker picture.
    """
    turned = blurred(image).transpose(Image.Transpose.TRANSPOSE)
    again = ImageChops.invert(blurred(ImageChops.invert(turned))) if bright else blurred(turned)
    return again.transpose(Image.Transpose.TRANSPOSE)


def _exact(image: Image.Image, line: list[float], *, cut: bool) -> Image.Image:
    if not cut:
        return convolved(image, [[one * other for one in line] for other in line], cut=False)
    # Thumbor 7.8 cuts fractions after each direction.
    rows = convolved(image, [line])
    return convolved(rows, [[weight] for weight in line])


def _bell(reach: int, sigma: float) -> list[float]:
    """Weights at 0 to `reach` pixels from the middle; the whole kernel sums to 1."""
    # Squared quotient, not quotient of squares: that would underflow for a tiny sigma.
    half = [exp(-(x / sigma) * (x / sigma) / 2) for x in range(reach + 1)]
    total = 2 * sum(half) - half[0]
    return [weight / total for weight in half]


def _boxes(bell: list[float], inside: int) -> list[Box]:
    """Boxes (radius, weight) that together come close to the kernel.

    The widest box of the stack stands for itself, and one or two for all `inside`, by weight.
    """
    layers = [
        (float(x), (weight - below) * (2 * x + 1))
        for x, (weight, below) in enumerate(pairwise(bell))
    ]
    widest = (float(len(bell) - 1), bell[-1] * (2 * len(bell) - 1))
    if inside == 1:
        return [_merged(layers), widest]
    middle = sum(weight for _, weight in layers) / 2
    inner: list[Box] = []
    outer: list[Box] = []
    reached = 0.0
    for layer in layers:
        (inner if reached < middle else outer).append(layer)
        reached += layer[1]
    return [_merged(inner), _merged(outer), widest]


def _merged(layers: list[Box]) -> Box:
    """One box with the weight and the second moment of all."""
    total = sum(weight for _, weight in layers)
    if not total:
        return 0.0, 0.0
    square = sum(weight * (2 * x + 1) ** 2 for x, weight in layers) / total
    return (sqrt(square) - 1) / 2, total


def _blended(image: Image.Image, inner: float, outer: Box) -> Image.Image:
    """The picture blurred along its rows by two boxes; fractions are cut."""
    radius, weight = outer
    narrow, wide = (image.filter(ImageFilter.BoxBlur((each, 0))) for each in (inner, radius))
    return Image.blend(narrow, wide, weight)


def _stacked(image: Image.Image, boxes: list[Box], cut: bool) -> Image.Image:
    """The picture blurred along its rows by each box, added up by weight."""
    blurs = [image.filter(ImageFilter.BoxBlur((radius, 0))).split() for radius, _ in boxes]
    weights = (*(weight for _, weight in boxes), -0.4999 if cut else 0.0)
    bands = [
        Image.merge("RGB", layers).convert("L", weights) for layers in zip(*blurs, strict=True)
    ]
    return Image.merge(image.mode, bands)
