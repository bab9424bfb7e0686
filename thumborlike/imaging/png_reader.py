"""PNG sources through zlib-ng where it is installed.

Pillow's wheels for Linux use the system's zlib, which takes about twice as long. So zlib-ng
inflates here, and Pillow gets the same rows again in blocks that are stored, not compressed: the
rest of its reader, with all its checks, stays in charge. Memory does not grow with the picture.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import io
import struct
from collections.abc import Callable
from typing import Any

from PIL import UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile

READ = 1 << 16
MOST = 1 << 19
"""Bytes read and inflated at a time."""

STEP = 1 << 10
LONGEST_BLOCK = 0xFFFF
HEADER = b"\x78\x01"


def open_image(body: bytes) -> PngImageFile:
    """As `Image.open`, and with the same errors."""
    try:
        return PngImageFile(io.BytesIO(body)) if inflating() is None else Png(io.BytesIO(body))
    except (SyntaxError, IndexError, TypeError, struct.error) as error:
        raise UnidentifiedImageError("cannot identify image file") from error


@functools.lru_cache(maxsize=1)
def inflating() -> Any:
    """zlib-ng, which has the interface of `zlib`; None where it is not installed."""
    if not importlib.util.find_spec("zlib_ng"):
        return None
    try:
        return importlib.import_module("zlib_ng.zlib_ng")
    except ImportError:
        return None


class Png(PngImageFile):
    """A PNG whose rows are inflated here."""

    def load_prepare(self) -> None:
        """Begin a frame."""
        super().load_prepare()
        self._stored = Stored(inflating())

    def load_read(self, read_bytes: int) -> bytes:
        """The next bytes for Pillow's decoder; none when the file ends too early."""
        return self._stored.read(functools.partial(super().load_read, READ))


class Stored:
    """A compressed stream as one that is not compressed. `zlib` is a module like `zlib`."""

    def __init__(self, zlib: Any) -> None:
        self._zlib = zlib
        self._inflater = zlib.decompressobj()
        self._checksum = 1
        self._begun = self._ended = self._full = False

    def read(self, more: Callable[[], bytes]) -> bytes:
        """Some of it; b"" if `more` has no more, or damaged bytes, before the stream ends."""
        while not self._ended:
            data = self._inflater.unconsumed_tail
            if not data and not self._full:
                data = more()
                if not data:
                    return b""
            raw = self._inflated(data)
            self._full = len(raw) == MOST
            if framed := self._framed(raw):
                return framed
        return more()

    def _inflated(self, data: bytes) -> bytes:
        before = self._inflater.copy()
        try:
            raw: bytes = self._inflater.decompress(data, MOST)
        except self._zlib.error:
            self._ended = True
            return self._until_damaged(before, data)
        return raw

    def _until_damaged(self, inflater: Any, data: bytes) -> bytes:
        """What is good of it, to the byte: damaged pictures are shown as far as they go."""
        rough, inflater, data = self._good(inflater, data, STEP)
        return rough + self._good(inflater, data, 1)[0]

    def _good(self, inflater: Any, data: bytes, step: int) -> tuple[bytes, Any, bytes]:
        """All whole steps before the damage, and how to go on from there."""
        good = []
        with contextlib.suppress(self._zlib.error):
            while raw := (tried := inflater.copy()).decompress(data, step):
                good.append(raw)
                inflater, data = tried, tried.unconsumed_tail
        return b"".join(good), inflater, data

    def _framed(self, raw: bytes) -> bytes:
        parts = [] if self._begun else [HEADER]
        for start in range(0, len(raw), LONGEST_BLOCK):
            length = min(LONGEST_BLOCK, len(raw) - start)
            parts += (_block(length, last=False), raw[start : start + length])
        self._checksum = self._zlib.adler32(raw, self._checksum)
        if self._inflater.eof:
            self._ended = True
            parts += (_block(0, last=True), struct.pack(">I", self._checksum))
        if len(parts) == 1 and not self._begun:
            return b""
        self._begun = True
        return b"".join(parts)


def _block(length: int, *, last: bool) -> bytes:
    return struct.pack("<BHH", last, length, length ^ LONGEST_BLOCK)
