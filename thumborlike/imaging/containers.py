"""What GIF, ICO and TIFF files hold, read before Pillow opens them.

Opening is too late for limits there: Pillow decodes an icon while opening it, makes room for a
GIF frame that is larger than its screen, and turns a TIFF while decoding it.
"""

from __future__ import annotations

import io

from PIL import Image
from PIL.IcoImagePlugin import IcoFile

from ..errors import TooManyPixels
from ..records import dataclass
from .failures import decoding
from .tiff import upright_tiff

Size = tuple[int, int]

SCREEN = 13
DESCRIPTOR = 9
IMAGE, EXTENSION, END, COMMENT = b",!;\xfe"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is known before opening: the bytes to open and what to expect of them.

    `size` is the room that opening and decoding take at most, (0, 0) if Pillow's header tells
    it safely. `orientation` is None where it is to be found in the Exif block.
    """

    body: bytes
    size: Size = (0, 0)
    frames: int = 1
    orientation: int | None = None


def contents(body: bytes, name: str, most_frames: int, turned_by_decoder: bool) -> Contents:
    """Look into a source of the format `name`.

    `most_frames`: 0 for no limit. `turned_by_decoder`: Thumbor 7.8 leaves it to the decoder to
    turn TIFFs, whatever RESPECT_ORIENTATION says. Raises `TooManyPixels`, and `BrokenImage` or
    `NotAnImage` for icons that cannot be read.
    """
    if name == "gif":
        size, frames = gif_layout(body, most_frames)
        return Contents(body, size, frames)
    if name == "ico":
        return Contents(body, ico_size(body))
    if name == "tiff":
        upright, orientation = (body, 1) if turned_by_decoder else upright_tiff(body)
        return Contents(upright, orientation=orientation)
    return Contents(body)


def gif_layout(body: bytes, most_frames: int = 0) -> tuple[Size, int]:
    """The area that screen and frames take together, and the number of frames (at least 1).

    Walks from block to block as Pillow does, in time linear in the number of blocks. Raises
    `TooManyPixels` at the first frame above `most_frames`.
    """
    width, height = _pair(body, 6)
    position = SCREEN + _table(body, 10)
    frames = 0
    while position < len(body) and (kind := body[position]) != END:
        position += 1
        if kind == EXTENSION:
            position = _after_extension(body, position)
        elif kind == IMAGE and position + DESCRIPTOR < len(body):
            frames += 1
            if most_frames and frames > most_frames:
                raise TooManyPixels("the animation has more frames than allowed")
            (left, top), (wide, high) = _pair(body, position), _pair(body, position + 4)
            width, height = max(width, left + wide), max(height, top + high)
            position += DESCRIPTOR + _table(body, position + 8) + 1
            position = _after_blocks(body, position)
    return (width, height), max(frames, 1)


def ico_size(body: bytes) -> Size:
    """The true size of the picture in an icon that is used, whatever the icon's index says."""
    with decoding():
        entry = IcoFile(io.BytesIO(body)).entry[0]
        inner = Image.open(io.BytesIO(body[entry.offset :]), formats=["PNG", "DIB"])
        return inner.size


def _pair(body: bytes, position: int) -> Size:
    return (
        int.from_bytes(body[position : position + 2], "little"),
        int.from_bytes(body[position + 2 : position + 4], "little"),
    )


def _table(body: bytes, position: int) -> int:
    """Bytes of the colour table that the flags at `position` announce."""
    flags = body[position] if position < len(body) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_extension(body: bytes, position: int) -> int:
    """Pillow reads on behind an empty first block, except in comments."""
    label = body[position] if position < len(body) else 0
    first = position + 1
    length = body[first] if first < len(body) else 0
    if label == COMMENT and not length:
        return first + 1
    return _after_blocks(body, first + 1 + length)


def _after_blocks(body: bytes, position: int) -> int:
    while position < len(body) and body[position]:
        position += 1 + body[position]
    return position + 1
