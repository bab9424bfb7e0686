"""Convolution with small and large kernels; the picture's edge is repeated outwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image, ImageFilter

from ._arithmetic import computed

Lines = Sequence[Sequence[float]]

TILE = 5
"""Side of the largest kernel that Pillow has."""
_REACH = TILE // 2
_NEARLY_HALF = 0.4999
"""Thumbor 7.8 cuts fractions; Pillow rounds. Not a full half: sums of floats come out short."""


def convolved(image: Image.Image, lines: Lines, *, cut: bool = True) -> Image.Image:
    """The picture (8 bit per band) weighed by `lines`, odd in both directions.

    Each band alone, straight alpha too; results are clamped, fractions cut or rounded.
    """
    half_x, half_y = len(lines[0]) // 2, len(lines) // 2
    offset = -_NEARLY_HALF if cut else 0.0
    if max(half_x, half_y) <= _REACH:
        wide = padded(image, (_REACH, _REACH))
        small = wide.filter(_tile(lines, _REACH - half_x, _REACH - half_y, 1.0, offset))
        return small.crop((_REACH, _REACH, _REACH + image.width, _REACH + image.height))
    bands = [_large(band, lines, offset) for band in image.split()]
    return Image.merge(image.mode, bands)


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


def _tile(lines: Lines, x: int, y: int, scale: float, offset: float) -> ImageFilter.Kernel:
    """`lines` placed at x, y of a 5x5 kernel, clipped. Pillow's kernels begin at the bottom."""
    grid = [[0.0] * TILE for _ in range(TILE)]
    for row, line in enumerate(lines, y):
        for column, weight in enumerate(line, x):
            if 0 <= row < TILE and 0 <= column < TILE:
                grid[row][column] = weight * scale
    flat = [weight for line in reversed(grid) for weight in line]
    return ImageFilter.Kernel((TILE, TILE), flat, scale=1, offset=offset)


def _large(band: Image.Image, lines: Lines, offset: float) -> Image.Image:
    """Sum of 5x5 tiles in 32 bit fixed point."""
    weight = sum(abs(each) for line in lines for each in line)
    fixed = min(65536.0, 2**30 / (255 * weight + 1))
    half_x, half_y = len(lines[0]) // 2, len(lines) // 2
    # Two columns more: the outermost two are not filtered by Pillow.
    by = half_x + TILE, half_y + TILE
    wide = padded(band, by).convert("I")
    total = Image.new("I", band.size)
    for x, y in _tile_origins(lines):
        part = wide.filter(_tile(lines, -x, -y, fixed, 0))
        left, top = by[0] - half_x + x + _REACH, by[1] - half_y + y + _REACH
        shown = part.crop((left, top, left + band.width, top + band.height))
        total = computed(lambda one, other: one + other, total, shown)
    levels = total.convert("F")
    return computed(lambda level: level * (1 / fixed) + (offset + 0.5), levels).convert("L")


def _tile_origins(lines: Lines) -> Iterator[tuple[int, int]]:
    for y in range(0, len(lines), TILE):
        for x in range(0, len(lines[0]), TILE):
            yield x, y
