"""Length and checksum of an entry, in an attribute of its file: what was cut or altered shows.

The file itself stays a plain picture that anybody can read. CRC-32 finds what disks and crashes
do, in a third of SHA-256's time: 0.1 ms for 300 kB. Whoever wants to deceive and can write the file
can write the attribute, too, so a stronger digest gains nothing.
Files without the attribute (Thumbor's, or where the file system has none) are believed.
"""

from __future__ import annotations

import contextlib
import os
import zlib

NAME = "user.thumborlike.seal"
SUPPORTED = hasattr(os, "setxattr")


def seal(descriptor: int, body: bytes) -> None:
    """Note length and checksum of what was written; without effect where it cannot be."""
    if SUPPORTED:
        with contextlib.suppress(OSError):
            os.setxattr(descriptor, NAME, _seal_of(body))


def is_intact(descriptor: int, body: bytes) -> bool:
    """Whether the file's bytes are those that were written, as far as that is known."""
    if not SUPPORTED:
        return True
    try:
        noted = os.getxattr(descriptor, NAME)
    except OSError:
        return True
    return noted == _seal_of(body)


def _seal_of(body: bytes) -> bytes:
    return b"1 %d %08x" % (len(body), zlib.crc32(body))
