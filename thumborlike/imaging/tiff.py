"""The orientation tag in TIFF bytes, which are what TIFF files and Exif blocks consist of.

Read and changed in place, so that everything else stays byte for byte and damaged tags beside
it do no harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple

ByteOrder = Literal["little", "big"]

ORIENTATION = 0x0112
UPRIGHT = 1
PREFIX = b"Exif\0\0"

ORDERS: dict[bytes, ByteOrder] = {b"II*\0": "little", b"MM\0*": "big"}
ENTRY = 12
WIDTHS = {1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4}
"""Bytes of one value, for the types of whole numbers."""

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Bytes of one value, for all types that are read."""

INLINE = 4
MOST_ENTRIES = 1_000
"""Of a directory. The largest of cameras have some 60."""

MOST_OVERLAP = 4
SMALL = 1 << 20
"""Values may be so many times the data, or so many bytes: a few damaged entries do no harm."""


class Entry(NamedTuple):
    """Of a directory: `values` is how many, `size` their bytes in all, `place` where they are."""

    tag: int
    kind: int
    values: int
    size: int
    place: int


def upright_tiff(data: bytes) -> tuple[bytes, int]:
    """The data with orientation 1, and the orientation that it had (1 to 8; 1 if absent).

    Data that is no TIFF, or that ends early, is given back as it is.
    """
    orientation, changed = UPRIGHT, None
    order = ORDERS.get(data[:4], "little")
    for start, width in _orientations(data):
        orientation = int.from_bytes(data[start : start + width], order)
        changed = bytearray(data) if changed is None else changed
        changed[start : start + width] = UPRIGHT.to_bytes(width, order)
    known = orientation if 1 <= orientation <= 8 else UPRIGHT
    return data if changed is None else bytes(changed), known


def upright_exif(block: bytes) -> bytes:
    """The Exif block, with or without its prefix, with orientation 1."""
    return upright_block(block)[0]


def upright_block(block: bytes) -> tuple[bytes, int]:
    """The same, and the orientation that it had (1 to 8; 1 if absent)."""
    prefix = PREFIX if block.startswith(PREFIX) else b""
    data, orientation = upright_tiff(block[len(prefix) :])
    return prefix + data, orientation


def bounded(data: bytes) -> bool:
    """Whether the first directory is of sane length and its values are no more than the data.

    Values may overlap: a few kilobytes of tags that each claim the whole file are gigabytes for
    who believes them. Data that is no TIFF holds nothing that could be believed.
    """
    entries = list(islice(entries_of(data), MOST_ENTRIES + 1))
    values = sum(min(each.size, len(data)) for each in entries)
    return len(entries) <= MOST_ENTRIES and values <= max(MOST_OVERLAP * len(data), SMALL)


def entries_of(data: bytes) -> Iterator[Entry]:
    """The first directory, as far as it reaches. Its values may lie anywhere, or nowhere."""
    order = ORDERS.get(data[:4])
    if order is None or len(data) < 8:
        return
    directory = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[directory : directory + 2], order)
    first = directory + 2
    for start in range(first, min(first + count * ENTRY, len(data) - ENTRY + 1), ENTRY):
        tag = int.from_bytes(data[start : start + 2], order)
        kind = int.from_bytes(data[start + 2 : start + 4], order)
        values = int.from_bytes(data[start + 4 : start + 8], order)
        size = values * SIZES.get(kind, 0)
        place = start + 8 if size <= INLINE else int.from_bytes(data[start + 8 : start + 12], order)
        yield Entry(tag, kind, values, size, place)


def number(data: bytes, entry: Entry) -> int:
    """The first value of an entry of whole numbers; 0 where there is none."""
    width = WIDTHS.get(entry.kind, 0)
    return int.from_bytes(data[entry.place : entry.place + width], ORDERS.get(data[:4], "little"))


def _orientations(data: bytes) -> Iterator[tuple[int, int]]:
    """Place and bytes of each orientation value in the first directory."""
    for entry in entries_of(data):
        width = WIDTHS.get(entry.kind, 0)
        if entry.tag == ORIENTATION and width and entry.place + width <= len(data):
            yield entry.place, width
