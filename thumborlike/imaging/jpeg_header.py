"""What stands in front of a JPEG's pixels, cut down to what is used, and how many scans follow.

Pillow looks at headers byte by byte and keeps all that it finds: megabytes of fill bytes or a
hundred thousand segments hold it for minutes. Each scan of a progressive JPEG goes over the whole
picture, whatever its few bytes say. So headers are walked here first, in bounded time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from ..errors import BrokenImage, NotAnImage
from .ranges import Ranges
from .tiff import PREFIX, bounded

MOST_STEPS = 100_000
"""Segments and stretches of bytes that are none, in a header."""

MOST_TABLES = 1_000
"""Segments that decoding needs."""

EXIF, ICC, ADOBE, COMMENT = 0xE1, 0xE2, 0xEE, 0xFE
KEPT = MappingProxyType(
    {
        0xE0: (4, b""),
        EXIF: (3, PREFIX),
        ICC: (255, b"ICC_PROFILE\0"),
        ADOBE: (4, b"Adobe"),
        COMMENT: (4, b""),
    }
)
"""Of segments beside the tables: how many stay, and how they must begin. All others go."""

START_OF_SCAN, END = 0xDA, 0xD9
ALONE = frozenset((0xC8, *range(0xD0, 0xDA), START_OF_SCAN, *range(0xF0, 0xFE)))
"""Markers that Pillow reads without what follows them."""

TABLES = range(0xC0, 0xE0)
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""How the picture is coded (ITU-T T.81): those whose number ends in binary 10 are progressive."""

FILL = re.compile(rb"\xff+")
LONG_FILL, LONG = re.compile(rb"\xff{1024,}"), b"\xff" * 1024
"""Fill bytes, of which decoders take none before they have seen what follows them all."""

IN_SCANS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""A marker among pixels, where 0xFF is followed by 0 and restarts mean nothing."""

WITHOUT_LENGTH = frozenset((0x01, 0xD8))


def trimmed(body: bytes, most_scans: int) -> bytes:
    """The JPEG with the segments of its header that are used; itself if these are all.

    `most_scans`: 0 for no limit. Raises `NotAnImage` for bytes where a marker should be, and
    `BrokenImage` for more tables, steps or scans than allowed.
    """
    if body[2:3] != b"\xff":
        raise NotAnImage("the source is not a picture that can be read")
    kept = Ranges(2)
    left = {marker: most for marker, (most, _) in KEPT.items()}
    tables, colours, passes = 0, 0, False
    for marker, start, end in _segments(body):
        if marker in left:
            used = left[marker] > 0 and _is_used(body, marker, start)
            left[marker] -= used
        else:
            used = marker in TABLES
            tables += used
        if tables > MOST_TABLES:
            raise BrokenImage("the source has more tables than allowed")
        if used:
            kept.add(start, end)
        if marker in FRAMES:
            colours, passes = max(colours, _byte(body, start + 9)), passes or marker & 3 == 2
        if marker == START_OF_SCAN:
            body = _without_fill(body, end)
            if passes or _byte(body, end + 2) < colours:  # else decoders take one scan alone
                _check_scans(body, end, most_scans)
            kept.add(end, len(body))
    return kept.of(body)


def _segments(body: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) as Pillow finds them, up to the first scan's marker."""
    position, length = 2, len(body)
    for _ in range(MOST_STEPS):
        position = body.find(b"\xff", position)
        if position < 0:
            return
        fill = FILL.match(body, position)
        end = fill.end() if fill else position
        if end >= length:
            return
        marker = body[end]
        position = end + 1
        if marker in ALONE:
            yield marker, end - 1, position
            if marker == START_OF_SCAN:
                return
        elif marker:
            if marker < TABLES.start:
                raise NotAnImage("the source is not a picture that can be read")
            start = end - 1
            position += max(int.from_bytes(body[position : position + 2], "big"), 2)
            yield marker, start, min(position, length)
    raise BrokenImage("the source has a longer header than allowed")


def _without_fill(body: bytes, start: int) -> bytes:
    """The file with its long runs of fill bytes behind `start` as short as they may be."""
    if body.find(LONG, start) < 0:
        return body
    return body[:start] + LONG_FILL.sub(b"\xff", body[start:])


def _byte(body: bytes, position: int) -> int:
    return body[position] if position < len(body) else 0


def _is_used(body: bytes, marker: int, start: int) -> bool:
    data = start + 4
    if not body.startswith(KEPT[marker][1], data):
        return False
    end = data - 2 + int.from_bytes(body[data - 2 : data], "big")
    return marker != EXIF or bounded(body[data + len(PREFIX) : end])


def _check_scans(body: bytes, position: int, most: int) -> None:
    """Count the scans' markers without decoding, as far as the picture goes."""
    scans = 1
    while found := IN_SCANS.search(body, position):
        marker, position = body[found.end() - 1], found.end()
        if marker == END:
            return
        scans += marker == START_OF_SCAN
        if most and scans > most:
            raise BrokenImage("the source has more scans than allowed")
        if marker not in WITHOUT_LENGTH:
            position += int.from_bytes(body[position : position + 2], "big")
