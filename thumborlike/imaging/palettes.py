"""Palettes for the frames of a GIF: one for all where it suits, their own where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageChops

from ..records import dataclass
from .quantise import quantised

COLORS = 255
"""Of a palette: one entry is left for what is clear or unchanged."""

FEWER = (63, 127)
"""Sizes that are tried first: smaller palettes, smaller files."""

UNSEEN = 1.5
"""Mean distance per channel at which fewer colours are as good as all."""

FARTHEST = 5.0
"""Mean distance per channel at which a frame gets colours of its own."""

PATCH, FARTHEST_PATCH = 4, 40
"""A patch of so many pixels a side that is so far off in a channel has lost its colour."""

SAMPLES = 16
SAMPLE_SIZE = (64, 48)
MANY = 4096
"""Colours above which the lowest bits are left out: median cut is slow with many."""

Mask = Image.Image
"""A picture of mode L: 255 where it holds, else 0."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A frame of mode P. `clear` is the index behind its colours; `holes` where it is clear.

    `table` are the colours, three bytes each, without the clear one.
    """

    image: Image.Image
    table: bytes
    holes: Mask | None

    @property
    def clear(self) -> int:
        """The index that is not drawn."""
        return len(self.table) // 3


def indexed(frames: Sequence[Image.Image]) -> list[Indexed]:
    """Frames of equal size with palettes of at most `COLORS`.

    Pixels below half opacity are clear. No dithering: it flickers from frame to frame, and
    noise takes room.
    """
    plain = [_plain(frame) for frame in frames]
    shared, exact = _shared_palette(plain)
    pairs = zip(frames, plain, strict=True)
    return [_indexed(frame, _holes(whole), shared, exact) for whole, frame in pairs]


def _indexed(frame: Image.Image, holes: Mask | None, shared: Image.Image, exact: bool) -> Indexed:
    small = frame.quantize(palette=shared, dither=Image.Dither.NONE)
    if not exact and _unsuited(frame, small):
        shared = _palette_for(frame)
        small = frame.quantize(palette=shared, dither=Image.Dither.NONE)
    table = bytes(shared.info["table"])
    if holes:
        small.paste(len(table) // 3, mask=holes)
    return Indexed(small, table, holes)


def _plain(frame: Image.Image) -> Image.Image:
    """RGB; clear pixels keep the colour that lies below them."""
    if frame.mode == "RGB":
        return frame
    return frame.convert("RGBA").convert("RGB")


def _holes(frame: Image.Image) -> Mask | None:
    """The pixels to be clear; None if all are opaque."""
    if "A" not in frame.getbands() and "transparency" not in frame.info:
        return None
    alpha = frame.convert("RGBA").getchannel("A")
    mask = alpha.point([255] * 128 + [0] * 128)
    return mask if mask.getbbox() else None


def _shared_palette(frames: Sequence[Image.Image]) -> tuple[Image.Image, bool]:
    """A picture with the palette, and whether it has every colour of every frame."""
    colors: set[Any] = set()
    for frame in frames:
        found = frame.getcolors(COLORS)
        colors.update(color for _, color in found or ())
        if found is None or len(colors) > COLORS:
            return _palette_for(_sheet(frames)), False
    return _holder(bytes(value for color in sorted(colors) for value in color)), True


def _palette_for(frame: Image.Image) -> Image.Image:
    """As few colours as look the same, at most `COLORS`."""
    if frame.getcolors(MANY) is None:
        frame = frame.point(_COARSE * 3)
    for count in FEWER:
        small = quantised(frame, count)
        if not _unsuited(frame, small, UNSEEN):
            return _holder(_table_of(small))
    return _holder(_table_of(quantised(frame, COLORS)))


def _table_of(small: Image.Image) -> bytes:
    used: Any = small.getextrema()
    return bytes(small.getpalette() or ())[: 3 * (used[1] + 1)]


def _holder(table: bytes) -> Image.Image:
    """What `quantize` takes a palette from: unused entries repeat the first, which comes first."""
    holder = Image.new("P", (1, 1))
    holder.putpalette(table + table[:3] * (256 - len(table) // 3))
    holder.info["table"] = table
    return holder


def _sheet(frames: Sequence[Image.Image]) -> Image.Image:
    """Samples of frames all over the animation, one below the other."""
    chosen = [frames[len(frames) * number // SAMPLES] for number in range(SAMPLES)]
    sheet = Image.new("RGB", (SAMPLE_SIZE[0], SAMPLE_SIZE[1] * len(chosen)))
    for row, frame in enumerate(chosen):
        # nearest: mixtures are colours that no frame has
        small = frame.resize(SAMPLE_SIZE, Image.Resampling.NEAREST)
        sheet.paste(small, (0, row * SAMPLE_SIZE[1]))
    return sheet


def _unsuited(frame: Image.Image, small: Image.Image, most: float = FARTHEST) -> bool:
    gap = ImageChops.difference(frame, small.convert("RGB")).reduce(PATCH)
    patches: Any = gap.getextrema()
    if any(highest > FARTHEST_PATCH for _, highest in patches):
        return True
    return sum(map(_mean, gap.split())) / 3 > most


def _mean(band: Image.Image) -> float:
    value: Any = band.convert("F").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return float(value)


_COARSE = [value & 0xFC | 2 for value in range(256)]
