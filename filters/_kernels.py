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
    offset = -_NEARLY_HALF if cut else 0.0
    weigh = _small if max(len(lines), len(lines[0])) <= TILE else _large
    bands = [weigh(band, lines, offset) for band in image.split()]
    return Image.merge(image.mode, bands)


def _small(band: Image.Image, lines: Lines, offset: float) -> Image.Image:
    """In one go; Pillow filters 32 bit levels several times faster than 8 bit ones."""
    half_x, half_y = len(lines[0]) // 2, len(lines) // 2
    half = max(1, half_x, half_y)
    kernel = _kernel(2 * half + 1, lines, (half - half_x, half - half_y), 1.0, offset)
    changed = padded(band, (half, half)).convert("I").filter(kernel)
    return changed.crop((half, half, half + band.width, half + band.height)).convert("L")


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
    """Sum of 5x5 tiles in 32 bit fixed point."""
    weights = [weight for line in lines for weight in line]
    fixed = min(65536.0, 2**30 / (255 * sum(map(abs, weights)) + 1))
    # Pillow's filters clamp below at 0, so each tile is lifted.
    lift = round(-255 * fixed * sum(weight for weight in weights if weight < 0))
    half_x, half_y = len(lines[0]) // 2, len(lines) // 2
    by = half_x + TILE, half_y + TILE
    wide = padded(band, by).convert("I")
    total = Image.new("I", band.size)
    for x, y in _tile_origins(lines):
        part = wide.filter(_kernel(TILE, lines, (-x, -y), fixed, lift))
        left, top = by[0] - half_x + x + _REACH, by[1] - half_y + y + _REACH
        shown = part.crop((left, top, left + band.width, top + band.height))
        total = computed(lambda one, other: one + (other - lift), total, shown)
    levels = total.convert("F")
    return computed(lambda level: level * (1 / fixed) + (offset + 0.5), levels).convert("L")


def _tile_origins(lines: Lines) -> Iterator[tuple[int, int]]:
    for y in range(0, len(lines), TILE):
        for x in range(0, len(lines[0]), TILE):
            yield x, y
