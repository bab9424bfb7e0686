"""The orientation tag in TIFF bytes, which are what TIFF files and Exif blocks consist of.

Read and changed in place, so that everything else stays byte for byte and damaged tags beside
it do no harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

ByteOrder = Literal["little", "big"]

ORIENTATION = 0x0112
UPRIGHT = 1
PREFIX = b"Exif\0\0"

ORDERS: dict[bytes, ByteOrder] = {b"II*\0": "little", b"MM\0*": "big"}
ENTRY = 12
WIDTHS = {1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4}
"""Bytes of one value, for the types of whole numbers."""


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


def _orientations(data: bytes) -> Iterator[tuple[int, int]]:
    """Place and bytes of each orientation value in the first directory."""
    order = ORDERS.get(data[:4])
    if order is None or len(data) < 8:
        return
    directory = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[directory : directory + 2], order)
    first = directory + 2
    for start in range(first, min(first + count * ENTRY, len(data) - ENTRY + 1), ENTRY):
        tag = int.from_bytes(data[start : start + 2], order)
        width = WIDTHS.get(int.from_bytes(data[start + 2 : start + 4], order))
        if tag == ORIENTATION and width:
            yield start + 8, width
