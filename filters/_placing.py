"""Where a watermark goes and how large it is."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from ._positions import clamped

Size = tuple[int, int]
Tiles = tuple[Sequence[int], Sequence[int]]
"""Left edges and top edges; every left edge goes with every top edge."""

MAX_TILES = 100
CAPPED_TILES = 6


def scaled_size(image: Size, mark: Size, percent: Size) -> Size:
    """Size of a mark that fits into so many percent of the image's sides, 0 for open.

    Enlarges too. Thumbor 7.8: halves round to even; but a side of 0 fails there and is 1 here.
    """
    # In Thumbor's order: its roundings are of the percentage first.
    most_width, most_height = (
        side * (part / 100) for side, part in zip(image, percent, strict=True)
    )
    most_width = most_width or mark[0] * most_height / mark[1]
    most_height = most_height or mark[1] * most_width / mark[0]
    if mark[0] / most_width >= mark[1] / most_height:
        size = most_width, mark[1] * most_width / mark[0]
    else:
        size = mark[0] * most_height / mark[1], most_height
    return max(1, round(size[0])), max(1, round(size[1]))


def tiles(position: tuple[str, str], image: Size, mark: Size) -> Tiles:
    """Left and top edges of the mark's copies; they may lie outside the image."""
    repeats = [
        _repeats(side, length) if each == "repeat" else None
        for each, side, length in zip(position, image, mark, strict=True)
    ]
    if all(repeats) and _product(repeats) > MAX_TILES:
        repeats = [
            (min(each[0], CAPPED_TILES), side - min(each[0], CAPPED_TILES) * length)
            for each, side, length in zip(repeats, image, mark, strict=True)
            if each
        ]
    left, top = (
        _steps(repeat, length) if repeat else [_offset(each, side, length)]
        for repeat, each, side, length in zip(repeats, position, image, mark, strict=True)
    )
    return left, top


def tiled(image: Image.Image, size: Size) -> Image.Image:
    """The picture again and again, from left and top, without gaps; itself if it has this size.

    What is there is doubled each time, so that tiles of one pixel take no longer than large ones.
    """
    if image.size == size:
        return image
    whole = Image.new(image.mode, size)
    whole.paste(image, (0, 0))
    width, height = min(image.width, size[0]), min(image.height, size[1])
    while width < size[0]:
        whole.paste(whole.crop((0, 0, width, height)), (width, 0))
        width = min(2 * width, size[0])
    while height < size[1]:
        whole.paste(whole.crop((0, 0, width, height)), (0, height))
        height = min(2 * height, size[1])
    return whole


def _product(repeats: Sequence[tuple[int, int] | None]) -> int:
    total = 1
    for each in repeats:
        total *= each[0] if each else 1
    return total


def _repeats(side: int, length: int) -> tuple[int, int]:
    """Number of tiles along a side, and the pixels left for the gaps between them."""
    if side / length < 2:
        return -(-side // length), 10
    return divmod(side, length)


def _steps(repeat: tuple[int, int], length: int) -> list[int]:
    count, rest = repeat
    step = length + rest // (max(count, 2) - 1)
    return [i * step for i in range(count)]


def _offset(position: str, side: int, length: int) -> int:
    if position == "center":
        return int((side - length) / 2)
    negative = position.startswith("-")
    number = clamped(position.lstrip("-").rstrip("p"))
    if position.endswith("p"):
        number = round(side * number / 100 + 1e-5)
    return side - length - number if negative else number
