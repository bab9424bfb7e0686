"""The size that the code stream of a JPEG 2000 gives, which its outer header need not repeat."""

from __future__ import annotations

import struct

from ..errors import BrokenImage

MOST_BOXES = 1_000
MOST_TILES = 10_000
START = b"\xff\x4f\xff\x51"
SIZES = struct.Struct(">HHIIIIIIII")
"""Behind the start: length, abilities; end and start of the picture, size and start of tiles."""


def stream_size(body: bytes) -> tuple[int, int]:
    """Width and height up to which memory is needed, (0, 0) if no code stream is found.

    Raises `BrokenImage` for more boxes or tiles than allowed.
    """
    at = _stream(body)
    if at < 0 or len(body) < at + len(START) + SIZES.size:
        return 0, 0
    _, _, *numbers = SIZES.unpack_from(body, at + len(START))
    right, bottom, left, top, wide, high, first, upper = numbers
    if wide and high:
        across = -(-max(right - first, 0) // wide)
        down = -(-max(bottom - upper, 0) // high)
        if across * down > MOST_TILES:
            raise BrokenImage("the source has more tiles than allowed")
    return max(right - left, 0), max(bottom - top, 0)


def _stream(body: bytes) -> int:
    """Where the code stream begins; -1 if nowhere."""
    if body.startswith(START):
        return 0
    position = 0
    for _ in range(MOST_BOXES):
        length = int.from_bytes(body[position : position + 4], "big")
        kind, head = body[position + 4 : position + 8], 8
        if length == 1:
            length, head = int.from_bytes(body[position + 8 : position + 16], "big"), 16
        if kind == b"jp2c":
            return position + head if body.startswith(START, position + head) else -1
        if length < head or position + length >= len(body):
            return -1
        position += length
    raise BrokenImage("the source has more boxes than allowed")
