"""The chunks of a PNG that are used; the others never reach Pillow.

It inflates each text and each profile, one after the other, and looks at every chunk that it
knows nothing of: a few hundred kilobytes of them keep it busy for minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import BrokenImage
from .ranges import Ranges

SIGNATURE = 8
MOST_CHUNKS = 100_000
MOST_USED = 50_000

USED = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"iCCP", b"eXIf")
)
"""Pixels, transparency, animation, profile and Exif."""

ONCE = frozenset((b"iCCP", b"eXIf"))
END = b"IEND"


def trimmed(body: bytes) -> bytes:
    """The PNG without chunks that are not used; itself if there are none.

    Raises `BrokenImage` for more chunks than allowed.
    """
    kept = Ranges(SIGNATURE)
    seen: set[bytes] = set()
    used = 0
    for kind, start, end in _chunks(body):
        if kind not in USED or kind in seen:
            continue
        if kind in ONCE:
            seen.add(kind)
        used += 1
        kept.add(start, end)
    if used > MOST_USED:
        raise BrokenImage("the source has more chunks than allowed")
    return kept.of(body)


def _chunks(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end), up to damage; the last one may end early."""
    position, length = SIGNATURE, len(body)
    for _ in range(MOST_CHUNKS):
        if position >= length:
            return
        kind = body[position + 4 : position + 8]
        if not kind.isalpha():
            return
        end = position + 12 + int.from_bytes(body[position : position + 4], "big")
        yield kind, position, min(end, length)
        if kind == END:
            return
        position = end
    raise BrokenImage("the source has more chunks than allowed")
