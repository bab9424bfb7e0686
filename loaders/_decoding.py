"""Undoing an answer's content encoding, bounded while it is undone.

Not left to libcurl, which takes a stream that was cut short for a whole one, and decodes
encodings in encodings.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip"
PIECE = 65536
"""Bytes that are decoded at a time: a bomb is noticed after one piece too many."""

_MEMBER = b"\x1f\x8b"
_GZIP, _ZLIB = 31, 15


class Undecodable(Exception):
    """What was sent is not what its Content-Encoding says."""


class Plain:
    """No encoding."""

    complete = True

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """The chunk itself."""
        yield chunk


class Inflating:
    """gzip, of one member or several, or deflate (`wbits` as in `zlib`)."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._begun = False

    @property
    def complete(self) -> bool:
        """Whether the end of the stream has been seen; nothing at all is no stream."""
        return self._stream.eof or not self._begun

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk gives, in pieces of at most PIECE bytes. Raises `Undecodable`."""
        while chunk:
            if self._stream.eof and not (chunk := self._next_member(chunk)):
                return
            self._begun = True
            try:
                piece = self._stream.decompress(chunk, PIECE)
            except zlib.error as error:
                raise Undecodable(str(error)) from error
            chunk = self._stream.unused_data or self._stream.unconsumed_tail
            if piece:
                yield piece

    def _next_member(self, chunk: bytes) -> bytes:
        """Goes on after the end of a stream, where zeros may fill up."""
        rest = chunk.lstrip(b"\0")
        if rest:
            if self._wbits != _GZIP or not _MEMBER.startswith(rest[:2]):
                raise Undecodable("bytes after the end")
            self._stream = zlib.decompressobj(self._wbits)
        return rest


Decoder = Plain | Inflating


def decoder_of(encoding: bytes) -> Decoder:
    """For the value of a Content-Encoding header. Raises `Undecodable` for others."""
    name = encoding.strip().lower()
    if name in (b"gzip", b"x-gzip"):
        return Inflating(_GZIP)
    if name == b"deflate":
        return Inflating(_ZLIB)
    if name in (b"", b"identity", b"none"):
        return Plain()
    raise Undecodable("an unknown encoding")
