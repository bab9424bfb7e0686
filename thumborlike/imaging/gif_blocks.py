"""The blocks of a GIF, read before Pillow opens it."""

from __future__ import annotations

from ..errors import BrokenImage, TooManyPixels
from ..records import dataclass
from .ranges import Ranges

Size = tuple[int, int]

SCREEN = 13
DESCRIPTOR = 9
IMAGE, EXTENSION, END = b",!;"
CONTROL, COMMENT, APPLICATION = b"\xf9\xfe\xff"
LOOPS = b"\x0bNETSCAPE2.0"

MOST_BLOCKS = 600_000
"""Most have 255 bytes, and Pillow takes half a microsecond for each."""

EXTENSION_WORTH = 10
"""Blocks that take as long to walk as an extension does."""

MOST_EXTENSIONS = 50_000
"""Of those that are used: one for each frame and one for the file."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`size`: the area that screen and frames take together. `frames`: at least 1.

    `body` is without extensions that are not used, such as comments.
    """

    size: Size
    frames: int
    body: bytes


class _Walk:
    """Goes from block to block as Pillow does, in time linear in their number."""

    def __init__(self, body: bytes, most_frames: int) -> None:
        self._body = body
        self._most_frames = most_frames
        self._blocks = self._extensions = 0
        self._size = _pair(body, 6)
        self._frames = 0

    def layout(self) -> Layout:
        body = self._body
        position = SCREEN + _table(body, 10)
        kept = Ranges(position)
        while position < len(body) and (kind := body[position]) != END:
            start, used = position, True
            if kind == EXTENSION:
                position, used = self._extension(position + 1)
            elif kind == IMAGE and position + 1 + DESCRIPTOR < len(body):
                position = self._image(position + 1)
            else:
                position = self._other(position + 1)
            if used:
                kept.add(start, min(position, len(body)))
        kept.add(min(position, len(body)), len(body))
        return Layout(self._size, max(self._frames, 1), kept.of(body))

    def _image(self, position: int) -> int:
        self._frames += 1
        if self._most_frames and self._frames > self._most_frames:
            raise TooManyPixels("the animation has more frames than allowed")
        body, (width, height) = self._body, self._size
        (left, top), (wide, high) = _pair(body, position), _pair(body, position + 4)
        self._size = max(width, left + wide), max(height, top + high)
        return self._after_blocks(position + DESCRIPTOR + _table(body, position + 8) + 1)

    def _extension(self, position: int) -> tuple[int, bool]:
        """Where it ends, and whether it is used."""
        body = self._body
        label = body[position] if position < len(body) else 0
        used = label == CONTROL
        if label == APPLICATION:
            used = body.startswith(LOOPS, position + 1)
        self._blocks += EXTENSION_WORTH
        self._extensions += used
        if self._extensions > MOST_EXTENSIONS:
            raise BrokenImage("the source has more blocks than allowed")
        return self._after_extension(position, label), used

    def _after_extension(self, position: int, label: int) -> int:
        """Pillow reads on behind an empty first block, except in comments."""
        first = position + 1
        length = self._body[first] if first < len(self._body) else 0
        if label == COMMENT and not length:
            return first + 1
        return self._after_blocks(first + 1 + length)

    def _after_blocks(self, position: int) -> int:
        body, length, blocks = self._body, len(self._body), self._blocks
        while position < length and (size := body[position]):
            position += 1 + size
            blocks += 1
            if blocks > MOST_BLOCKS:
                raise BrokenImage("the source has more blocks than allowed")
        self._blocks = blocks + 1
        return position + 1

    def _other(self, position: int) -> int:
        """Behind bytes that are no block: Pillow looks at each."""
        self._blocks += 1
        if self._blocks > MOST_BLOCKS:
            raise BrokenImage("the source has more blocks than allowed")
        return position


def gif_layout(body: bytes, most_frames: int = 0) -> Layout:
    """What a GIF holds, as far as its blocks tell.

    Raises `TooManyPixels` at the first frame above `most_frames`, `BrokenImage` for more blocks
    than allowed.
    """
    return _Walk(body, most_frames).layout()


def _pair(body: bytes, position: int) -> Size:
    return (
        int.from_bytes(body[position : position + 2], "little"),
        int.from_bytes(body[position + 2 : position + 4], "little"),
    )


def _table(body: bytes, position: int) -> int:
    """Bytes of the colour table that the flags at `position` announce."""
    flags = body[position] if position < len(body) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
