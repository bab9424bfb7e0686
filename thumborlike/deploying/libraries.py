"""Shared libraries with what is loaded, and without what only debuggers and linkers read.

Wheels bring tables of symbols and of lines that no running process sees. They may lie between
what is loaded, so they are not cut out but overwritten with zeros, which pack to nothing.
"""

from __future__ import annotations

import struct

MAGIC = b"\x7fELF\x02\x01"
"""64 bits, little-endian: both processors of Lambda."""

HEADER = 64
_PROGRAM_TABLE = struct.Struct("<Q")
_PROGRAM_COUNT = struct.Struct("<HH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION_TABLE, _SECTION_COUNTS = 40, 58
_NO_SECTIONS = bytes(6)


def loaded_alone(body: bytes) -> bytes:
    """The library as the loader sees it; anything else than a library as it is."""
    if not body.startswith(MAGIC) or len(body) < HEADER:
        return body
    (table,) = _PROGRAM_TABLE.unpack_from(body, 32)
    size, count = _PROGRAM_COUNT.unpack_from(body, 54)
    if size != _SEGMENT.size or not 0 < table <= len(body) - size * count:
        return body
    segments = (_SEGMENT.unpack_from(body, table + size * each) for each in range(count))
    spans = [(start, start + length) for _, _, start, _, _, length, _, _ in segments]
    return _with_spans(body, [(0, HEADER), (table, table + size * count), *spans])


def _with_spans(body: bytes, spans: list[tuple[int, int]]) -> bytes:
    made = bytearray(max(end for _, end in spans))
    for start, end in spans:
        made[start:end] = body[start:end]
    made[_SECTION_TABLE : _SECTION_TABLE + 8] = bytes(8)
    made[_SECTION_COUNTS : _SECTION_COUNTS + 6] = _NO_SECTIONS
    return bytes(made)
