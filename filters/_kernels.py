"""Convolution with small and large kernels; the picture's edge is repeated outwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from PIL import Image, ImageFilter

from ._arithmetic import by_strips, computed

Lines = Sequence[Sequence[float]]

TILE = 3
"""Side of the kernels out of which larger ones are put together.

Pillow filters 32 bit levels by 3x3 many times faster than 8 bit ones, or than by 5x5.
"""
_REACH = TILE // 2
_LAYERS, _THIN, _MEAN = 3, 9, 1.001
_NEARLY_HALF = 0.4999
"""Thumbor 7.8 cuts fractions; Pillow rounds. Not a full half: sums of floats come out short."""


def convolved(image: Image.Image, lines: Lines, *, cut: bool = True) -> Image.Image:
    """The picture (8 bit per band) weighed by `lines`, odd in both directions.

    Each band alone, straight alpha too; results are clamped, fractions cut or rounded.
    """
    offset = -_NEARLY_HALF if cut else 0.0
    weigh = _way(lines)
    return by_strips(
        image,
        lambda strip: Image.merge(
            strip.mode, [weigh(band, lines, offset) for band in strip.split()]
        ),
        reach=len(lines) // 2,
    )


def _way(lines: Lines) -> Callable[[Image.Image, Lines, float], Image.Image]:
    """The fastest way to weigh a band by such a kernel."""
    weights = [weight for line in lines for weight in line]
    if max(len(lines), len(lines[0])) <= TILE:
        return _small
    thin = 1 in (len(lines), len(lines[0])) and len(weights) <= _THIN
    return _averaged if thin and min(weights) >= 0 and 0 < sum(weights) <= _MEAN else _large


def _averaged(band: Image.Image, lines: Lines, offset: float) -> Image.Image:
    """Means of three levels at a time, the lightest first so that their rounding is not seen.

    For few weights that are not negative and add up to 1 or less: off by less than one level.
    """
    half_x, half_y = len(lines[0]) // 2, len(lines) // 2
    by = max(1, half_x), max(1, half_y)
    wide = padded(band, by)
    taps = sorted(
        (weight, x, y)
        for y, line in enumerate(lines, by[1] - half_y)
        for x, weight in enumerate(line, by[0] - half_x)
    )
    layers: list[tuple[float, Image.Image]] = []
    for weight, x, y in taps:
        layers.append((weight, wide.crop((x, y, x + band.width, y + band.height))))
        if len(layers) == _LAYERS and (weight, x, y) != taps[-1]:
            total = sum(weight for weight, _ in layers)
            layers = [(total, _mixed(layers, total or 1.0, 0.0))]
    return _mixed(layers, 1.0, offset)


def _mixed(layers: Sequence[tuple[float, Image.Image]], total: float, offset: float) -> Image.Image:
    weights = tuple(weight / total for weight, _ in layers)
    return Image.merge("RGB", [layer for _, layer in layers]).convert("L", (*weights, offset))


def _small(band: Image.Image, lines: Lines, offset: float) -> Image.Image:
    """In one go."""
    half_x, half_y = len(lines[0]) // 2, len(lines) // 2
    kernel = _kernel(TILE, lines, (_REACH - half_x, _REACH - half_y), 1.0, offset)
    changed = padded(band, (_REACH, _REACH)).convert("I").filter(kernel)
    return changed.crop((_REACH, _REACH, _REACH + band.width, _REACH + band.height)).convert("L")


def padded(image: Image.Image, by: tuple[int, int]) -> Image.Image:
    """The picture with its edge repeated by so many columns and rows on each side."""
    (x, y), (width, height) = by, image.size
    wide = Image.new(image.mode, (width + 2 * x, height))
    wide.paste(image, (x, 0))
    wide.paste(image.crop((0, 0, 1, height)).resize((x, height), Image.Resampling.NEAREST), (0, 0))
    right = image.crop((width - 1, 0, width, height))
    wide.paste(right.resize((x, height), Image.Resampling.NEAREST), (x + width, 0))
    full = Image.new(image.mode, (wide.width, height + 2 * y))
    full.paste(wide, (0, y))
    top = wide.crop((0, 0, wide.width, 1))
    full.paste(top.resize((wide.width, y), Image.Resampling.NEAREST), (0, 0))
    bottom = wide.crop((0, height - 1, wide.width, height))
    full.paste(bottom.resize((wide.width, y), Image.Resampling.NEAREST), (0, y + height))
    return full


def _kernel(
    side: int, lines: Lines, at: tuple[int, int], scale: float, offset: float
) -> ImageFilter.Kernel:
    """`lines` placed at x, y of a square kernel, clipped. Pillow's kernels begin at the bottom."""
    grid = [[0.0] * side for _ in range(side)]
    for row, line in enumerate(lines, at[1]):
        for column, weight in enumerate(line, at[0]):
            if 0 <= row < side and 0 <= column < side:
                grid[row][column] = weight * scale
    flat = [weight for line in reversed(grid) for weight in line]
    return ImageFilter.Kernel((side, side), flat, scale=1, offset=offset)


def _large(band: Image.Image, lines: Lines, offset: float) -> Image.Image:
    """Sum of tiles in 32 bit fixed point."""
    weights = [weight for line in lines for weight in line]
    fixed = min(65536.0, 2**30 / (255 * sum(map(abs, weights)) + 1))
    # Pillow's filters clamp below at 0, so each tile is lifted.
    lift = round(-255 * fixed * sum(weight for weight in weights if weight < 0))
    half_x, half_y = len(lines[0]) // 2, len(lines) // 2
    by = half_x + TILE, half_y + TILE
    wide = padded(band, by).convert("I")
    total: Image.Image | None = None
    lifts = 0
    for x, y in _tile_origins(lines):
        part = wide.filter(_kernel(TILE, lines, (-x, -y), fixed, lift))
        left, top = by[0] - half_x + x + _REACH, by[1] - half_y + y + _REACH
        shown = part.crop((left, top, left + band.width, top + band.height)).convert("F")
        total = shown if total is None else computed(_sum, total, shown)
        lifts += lift
    if total is None:
        return Image.new("L", band.size)
    shift = offset + 0.5 - lifts / fixed
    return total.point(lambda level: level * (1 / fixed) + shift).convert("L")


def _sum(one: Any, other: Any) -> Any:
    return one + other


def _tile_origins(lines: Lines) -> Iterator[tuple[int, int]]:
    """Left and top of the tiles in which anything weighs."""
    for y in range(0, len(lines), TILE):
        for x in range(0, len(lines[0]), TILE):
            if any(weight for line in lines[y : y + TILE] for weight in line[x : x + TILE]):
                yield x, y
