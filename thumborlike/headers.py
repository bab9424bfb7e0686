"""What the first bytes of a picture tell of its size, without a decoder."""

from __future__ import annotations

SEGMENTS = 64
"""Of a JPEG that are looked through for its size."""

Size = tuple[int, int]


def size_of(name: str, body: bytes) -> tuple[Size | None, bool]:
    """Width and height if they are easily found, and whether it is a progressive JPEG."""
    if name == "jpeg":
        return _jpeg(body)
    if name == "png" and body[12:16] == b"IHDR":
        return (int.from_bytes(body[16:20], "big"), int.from_bytes(body[20:24], "big")), False
    if name == "gif":
        return (int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")), False
    return (webp_canvas(body) if name == "webp" else None), False


def webp_canvas(body: bytes) -> Size | None:
    """Width and height by the first chunk (RFC 9649)."""
    kind = body[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if kind == b"VP8 ":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (26, 28))
        return width, height
    if kind == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _jpeg(body: bytes) -> tuple[Size | None, bool]:
    """From the frame header (ITU-T T.81, B.2.2)."""
    place = 2
    for _ in range(SEGMENTS):
        marker, place = body[place : place + 2], place + 2
        if len(marker) < 2 or marker[0] != 0xFF:
            break
        if 0xC0 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
            height, width = body[place + 3 : place + 5], body[place + 5 : place + 7]
            size = int.from_bytes(width, "big"), int.from_bytes(height, "big")
            return size, marker[1] in (0xC2, 0xC6, 0xCA, 0xCE)
        place += int.from_bytes(body[place : place + 2], "big")
    return None, False
