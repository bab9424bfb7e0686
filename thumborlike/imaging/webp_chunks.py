"""What a WebP's chunks tell of its size and frames (RFC 9649): its decoder makes room at once."""

from __future__ import annotations

from ..errors import BrokenImage, TooManyPixels
from ..headers import webp_canvas

FIRST = 12
MOST_CHUNKS = 20_000
"""Frames, metadata and unknown ones."""

Size = tuple[int, int]


def layout(body: bytes, most_frames: int) -> tuple[Size, int]:
    """The size of the canvas, (0, 0) if it is not told, and the number of frames, 1 at least.

    Raises `TooManyPixels` at the first frame above `most_frames` (0: no limit), and
    `BrokenImage` for more chunks than allowed.
    """
    return webp_canvas(body) or (0, 0), _frames(body, most_frames)


def _frames(body: bytes, most: int) -> int:
    position, frames, length = FIRST, 0, len(body)
    for _ in range(max(MOST_CHUNKS, 2 * most)):
        if position + 8 > length:
            return max(frames, 1)
        frames += body.startswith(b"ANMF", position)
        if most and frames > most:
            raise TooManyPixels("the animation has more frames than allowed")
        size = int.from_bytes(body[position + 4 : position + 8], "little")
        position += 8 + size + (size & 1)
    raise BrokenImage("the source has more chunks than allowed")
