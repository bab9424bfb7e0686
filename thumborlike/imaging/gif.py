"""Animated GIFs: each frame draws only what is new, on the ground that leaves least to draw.

Pillow compresses; the file is put together here, because Pillow's own writer knows one way of
disposal for all frames and one palette for those with transparency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from .palettes import Indexed, Mask

KEEP, CLEAR, RESTORE = 1, 2, 3
"""What becomes of a frame before the next: it stays, its box is cleared, or what it hid is back."""

LONGEST = 65_535
"""Hundredths of a second of a frame."""

WORTH = 0.8
"""Part of the pixels that another way of disposal may leave to draw, to be chosen."""

Box = tuple[int, int, int, int]


@dataclass(slots=True)
class _Step:
    """One frame of the file: it draws `box`, in which `same` marks what need not be drawn."""

    frame: Indexed
    box: Box
    hundredths: int
    same: Mask | None = None
    disposal: int = KEEP


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is shown before a frame is drawn: colours, and where it is clear."""

    colors: Image.Image
    holes: Mask | None


def animated_gif(frames: Sequence[Indexed], durations: Sequence[int], loop: int | None) -> bytes:
    """The file. `durations` in milliseconds, steps of 10; `loop` None for no entry, 0 for ever."""
    size = frames[0].image.size
    common = frames[0].table
    bits = _bits(frames[0])
    parts = [b"GIF89a", _pairs(*size), bytes((0x80 | 0x70 | bits - 1, 0, 0)), _padded(common, bits)]
    if loop is not None:
        parts.append(b"!\xff\x0bNETSCAPE2.0\x03\x01" + _pairs(min(loop, 0xFFFF)) + b"\0")
    steps = _steps(frames, [each // 10 for each in durations])
    parts.extend(_block(step, common) for step in steps)
    return b"".join((*parts, b";"))


def _steps(frames: Sequence[Indexed], hundredths: Sequence[int]) -> list[_Step]:
    whole = (0, 0, *frames[0].image.size)
    steps = [_Step(frames[0], whole, hundredths[0])]
    below = _Ground(Image.new("RGB", frames[0].image.size), _all(whole))
    shown = _ground(frames[0])
    for frame, duration in zip(frames[1:], hundredths[1:], strict=True):
        last, wanted = steps[-1], _ground(frame)
        if _changes(shown, wanted).getbbox() is None:
            last.hundredths = min(last.hundredths + duration, LONGEST)
            continue
        below = _disposed(last, below, shown, wanted)
        changes = _changes(below, wanted)
        box = changes.getbbox() or (0, 0, 1, 1)
        steps.append(_Step(frame, box, duration, ImageChops.invert(changes)))
        shown = wanted
    return steps


def _disposed(last: _Step, below: _Ground, shown: _Ground, wanted: _Ground) -> _Ground:
    """The ground for the next frame, having chosen what becomes of the last one.

    A pixel can become clear only by disposal: the box of the last frame is made to reach it.
    """
    lost = _lost(shown, wanted).getbbox()
    if lost:
        box = _around(last.box, lost)
        best = CLEAR, _cleared(shown, box), box
    else:
        best = KEEP, shown, last.box
    if not _lost(below, wanted).getbbox() and _area(below, wanted) < WORTH * _area(best[1], wanted):
        best = RESTORE, below, last.box
    last.disposal, ground, last.box = best
    return ground


def _ground(frame: Indexed) -> _Ground:
    return _Ground(frame.image.convert("RGB"), frame.holes)


def _changes(ground: _Ground, wanted: _Ground) -> Mask:
    """Where drawing is needed: colours differ and are seen, or one is clear and the other not."""
    gap = ImageChops.difference(ground.colors, wanted.colors)
    red, green, blue = gap.split()
    mask = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(_ANY)
    if wanted.holes:
        mask = ImageChops.subtract(mask, wanted.holes)
    if ground.holes or wanted.holes:
        holes, others = (each or _none(mask.size) for each in (ground.holes, wanted.holes))
        mask = ImageChops.lighter(mask, ImageChops.difference(holes, others))
    return mask


def _lost(ground: _Ground, wanted: _Ground) -> Mask:
    """What is seen and shall become clear."""
    if not wanted.holes:
        return _none(wanted.colors.size)
    return ImageChops.subtract(wanted.holes, ground.holes) if ground.holes else wanted.holes


def _area(ground: _Ground, wanted: _Ground) -> int:
    return _changes(ground, wanted).histogram()[255]


def _cleared(ground: _Ground, box: Box) -> _Ground:
    holes = ground.holes.copy() if ground.holes else _none(ground.colors.size)
    holes.paste(255, box)
    return _Ground(ground.colors, holes)


def _around(one: Box, other: Box) -> Box:
    corners = zip(one[:2], other[:2], strict=True), zip(one[2:], other[2:], strict=True)
    (left, top), (right, bottom) = map(min, corners[0]), map(max, corners[1])
    return left, top, right, bottom


def _none(size: tuple[int, int]) -> Mask:
    return Image.new("L", size)


def _all(box: Box) -> Mask:
    return Image.new("L", box[2:], 255)


def _block(step: _Step, common: bytes) -> bytes:
    """A frame of the file: control, place, table if it is not the common one, pixels."""
    frame, (left, top, right, bottom) = step.frame, step.box
    bits = _bits(frame)
    pixels, clear = _pixels(step, bits)
    flags = step.disposal << 2 | int(clear)
    told = b"!\xf9\x04" + bytes((flags,)) + _pairs(step.hundredths) + bytes((frame.clear, 0))
    own = b"" if frame.table == common else _padded(frame.table, bits)
    table = bytes((0x80 | bits - 1,)) if own else b"\0"
    place = b"," + _pairs(left, top, right - left, bottom - top) + table
    return told + place + own + bytes((bits,)) + pixels + b"\0"


def _pixels(step: _Step, bits: int) -> tuple[bytes, bool]:
    """What is drawn, compressed, and whether any of it is clear: the smaller of two ways."""
    part = step.frame.image.crop(step.box)
    plain = part.tobytes("gif", "P", bits, 0)
    clear = bool(step.frame.holes) or step.disposal == CLEAR
    same = step.same.crop(step.box) if step.same else None
    if same is None or not same.getbbox():
        return plain, clear
    part.paste(step.frame.clear, mask=same)
    sparse = part.tobytes("gif", "P", bits, 0)
    return (sparse, True) if len(sparse) < len(plain) else (plain, clear)


def _bits(frame: Indexed) -> int:
    """Of an index: the format has no table below four colours here."""
    return max(frame.clear.bit_length(), 2)


def _padded(table: bytes, bits: int) -> bytes:
    return table.ljust(3 << bits, b"\0")


def _pairs(*values: int) -> bytes:
    return b"".join(value.to_bytes(2, "little") for value in values)


_ANY = [0] + [255] * 255
