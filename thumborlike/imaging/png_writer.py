"""PNG results in a fraction of the usual time, and smaller.

Two things make PNG slow. One is zlib, for which zlib-ng takes over where it is installed. The
other is to filter rows where that does no good: filters help smooth pictures and drawings, but
grain compresses better as it is. So a few bands of the picture are tried both ways first.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from PIL import Image

from .png_reader import inflating

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEIGHT = slice(4, 8)
"""Where the header chunk has the number of rows."""

CHANNELS = MappingProxyType({"L": 1, "LA": 2, "RGB": 3, "RGBA": 4})
"""Modes whose rows may go unfiltered; those of all others are as Pillow writes them."""

BANDS = 4
BAND_ROWS = 6
TRIAL_LEVEL = 3
"""How much of the picture is tried, and how hard."""

WORTH = 0.9
"""Filters take as long as zlib-ng: they must save a tenth, which the bands overrate a little."""

LITTLE = 0.05
"""Bands that shrink so much tell nothing, and are soon done anyway."""

SMALLEST, LARGEST = 1 << 15, 1 << 25
"""Bytes of rows: below there is nothing to gain; above Pillow compresses in pieces, not at once."""

UNSET = -1
LESS = MappingProxyType({UNSET: 5, 6: 5})
"""Levels of zlib, and those of zlib-ng that make files as small in half the time."""

Chunk = tuple[bytes, bytes]


def save(image: Image.Image, options: Mapping[str, Any]) -> bytes:
    """The picture as PNG. `options` are those of Pillow's encoder."""
    level = options.get("compress_level", UNSET)
    rows = image.height * (image.width * len(image.getbands()) + 1)
    if not SMALLEST <= rows <= LARGEST or level == 0:
        return _by_pillow(image, options)
    if image.mode in CHANNELS and not _filters_help(image):
        return _unfiltered(image, level, options)
    if inflating() is None:
        return _by_pillow(image, options)
    stored = list(_chunks(_by_pillow(image, {**options, "compress_level": 0})))
    return _joined(stored, _deflated(_rows_in(stored), level))


def _filters_help(image: Image.Image) -> bool:
    sample = _sample(image)
    rows = _rows_of(sample)
    plain = len(_deflated(rows, TRIAL_LEVEL))
    if plain < LITTLE * len(rows):
        return True
    filtered = _rows_in(_chunks(_by_pillow(sample, {"compress_level": 0})))
    return len(_deflated(filtered, TRIAL_LEVEL)) <= (WORTH if inflating() else 1.0) * plain


def _sample(image: Image.Image) -> Image.Image:
    """Bands from all over the picture, one below the other."""
    if image.height <= BANDS * BAND_ROWS:
        return image
    sample = Image.new(image.mode, (image.width, BANDS * BAND_ROWS))
    for number in range(BANDS):
        top = number * (image.height - BAND_ROWS) // (BANDS - 1)
        band = image.crop((0, top, image.width, top + BAND_ROWS))
        sample.paste(band, (0, number * BAND_ROWS))
    return sample


def _unfiltered(image: Image.Image, level: int, options: Mapping[str, Any]) -> bytes:
    """The chunks are those of the first row alone, with the height put right."""
    first = image.crop((0, 0, image.width, 1))
    chunks = list(_chunks(_by_pillow(first, options)))
    name, header = chunks[0]
    edited = bytearray(header)
    edited[HEIGHT] = struct.pack(">I", image.height)
    chunks[0] = (name, bytes(edited))
    return _joined(chunks, _deflated(_rows_of(image), level))


def _rows_of(image: Image.Image) -> bytes:
    """The rows as they are, each behind a byte that says so."""
    stride = image.width * CHANNELS[image.mode]
    pixels = memoryview(image.tobytes())
    return b"".join(
        part
        for start in range(0, len(pixels), stride)
        for part in (b"\0", pixels[start : start + stride])
    )


def _by_pillow(image: Image.Image, options: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def _chunks(body: bytes) -> Iterator[Chunk]:
    """Name and contents of each."""
    position = len(SIGNATURE)
    while position < len(body):
        (length,) = struct.unpack_from(">I", body, position)
        start = position + 8
        yield body[position + 4 : start], body[start : start + length]
        position = start + length + 4


def _rows_in(chunks: Iterator[Chunk] | list[Chunk]) -> bytes:
    return zlib.decompress(b"".join(contents for name, contents in chunks if name == b"IDAT"))


def _deflated(rows: bytes, level: int) -> bytes:
    zlib_ng = inflating()
    if zlib_ng is None:
        return zlib.compress(rows, level)
    done: bytes = zlib_ng.compress(rows, LESS.get(level, level))
    return done


def _joined(chunks: list[Chunk], data: bytes) -> bytes:
    """A file of the chunks, with the picture's data where theirs began."""
    parts, placed = [SIGNATURE], False
    for name, contents in chunks:
        if name == b"IDAT":
            if not placed:
                parts += _chunk(name, data)
            placed = True
        else:
            parts += _chunk(name, contents)
    return b"".join(parts)


def _chunk(name: bytes, contents: bytes) -> tuple[bytes, ...]:
    checksum = zlib.crc32(contents, zlib.crc32(name))
    return struct.pack(">I", len(contents)), name, contents, struct.pack(">I", checksum)
