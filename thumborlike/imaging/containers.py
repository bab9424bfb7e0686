"""What a source holds, read before Pillow opens it.

Opening is too late for limits: Pillow decodes an icon while opening it, makes room for a GIF
frame that is larger than its screen and for a WebP's canvas, inflates texts and profiles of a PNG,
reads all tags of a TIFF and turns it while decoding it, and believes what the boxes round a JPEG
2000 or an AVIF say of the stream in them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image
from PIL.IcoImagePlugin import IcoFile

from ..errors import BrokenImage
from ..records import dataclass
from ..settings.sections import ImagingSettings
from . import avif_boxes, jp2_boxes, jpeg_header, png_chunks, webp_chunks
from .failures import decoding
from .gif_blocks import gif_layout
from .tiff import Entry, bounded, entries_of, number, upright_tiff

Size = tuple[int, int]

MOST_ICONS = 256
"""Pictures in an icon."""

HEAD, ENTRY = 6, struct.Struct("<BBBBHHII")
"""Of an icon's index."""

PNG = b"\x89PNG\r\n\x1a\n"

TILE_WIDTH, TILE_HEIGHT = 322, 323
PIECES = frozenset((273, 324))
"""Where the strips or tiles of a TIFF lie."""

MOST_PIECES = 70_000
MOST_VALUES = 200_000
"""Of a tag that is not bytes or text: the largest true one is a colour map."""

BYTES = frozenset((1, 2, 6, 7))


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


def contents(body: bytes, name: str, imaging: ImagingSettings) -> Contents:
    """Look into a source of the format `name`.

    Raises `TooManyPixels`, and `BrokenImage` or `NotAnImage` for what is larger than any true
    picture or cannot be read.
    """
    look = _LOOKS.get(name)
    return look(body, imaging) if look else Contents(body)


def _jpeg(body: bytes, imaging: ImagingSettings) -> Contents:
    return Contents(jpeg_header.trimmed(body, imaging.max_jpeg_scans))


def _png(body: bytes, imaging: ImagingSettings) -> Contents:
    return Contents(png_chunks.trimmed(body))


def _gif(body: bytes, imaging: ImagingSettings) -> Contents:
    layout = gif_layout(body, imaging.max_animation_frames)
    return Contents(layout.body, layout.size, layout.frames)


def _webp(body: bytes, imaging: ImagingSettings) -> Contents:
    return Contents(body, *webp_chunks.layout(body, imaging.max_animation_frames))


def _avif(body: bytes, imaging: ImagingSettings) -> Contents:
    return Contents(body, avif_boxes.stream_size(body))


def _jp2(body: bytes, imaging: ImagingSettings) -> Contents:
    return Contents(body, jp2_boxes.stream_size(body))


def _icon(body: bytes, imaging: ImagingSettings) -> Contents:
    """An icon of the one picture that is used, which may be larger than the index says."""
    if int.from_bytes(body[4:6], "little") > MOST_ICONS:
        raise BrokenImage("the icon has more pictures than allowed")
    with decoding():
        entry = IcoFile(io.BytesIO(body)).entry[0]
        picture = body[entry.offset :]
        if picture.startswith(PNG):
            picture = png_chunks.trimmed(picture)
            told = entry._replace(size=len(picture), offset=ENTRY.size + HEAD)[:8]
            index = ENTRY.pack(told[0] & 0xFF, told[1] & 0xFF, *told[2:])
            body = body[:4] + b"\1\0" + index + picture
        return Contents(body, Image.open(io.BytesIO(picture), formats=["PNG", "DIB"]).size)


def _tiff(body: bytes, imaging: ImagingSettings) -> Contents:
    """Thumbor 7.8 leaves it to the decoder to turn TIFFs, whatever RESPECT_ORIENTATION says."""
    if not bounded(body):
        raise BrokenImage("the source has more tags than allowed")
    entries = {each.tag: each for each in reversed(list(entries_of(body)))}
    for entry in entries.values():
        _check_values(entry)
    tile = [number(body, entries[tag]) for tag in (TILE_WIDTH, TILE_HEIGHT) if tag in entries]
    upright, orientation = (body, 1) if imaging.thumbor_quirks else upright_tiff(body)
    size = (tile[0], tile[1]) if len(tile) == 2 else (0, 0)
    return Contents(upright, size, orientation=orientation)


def _check_values(entry: Entry) -> None:
    most = MOST_PIECES if entry.tag in PIECES else MOST_VALUES
    if entry.kind not in BYTES and entry.values > most:
        raise BrokenImage("the source has longer tags than allowed")


_LOOKS: Mapping[str, Callable[[bytes, ImagingSettings], Contents]] = MappingProxyType(
    {
        "jpeg": _jpeg,
        "png": _png,
        "gif": _gif,
        "webp": _webp,
        "ico": _icon,
        "tiff": _tiff,
        "avif": _avif,
        "jp2": _jp2,
    }
)
