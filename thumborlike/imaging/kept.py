"""Pictures that are kept for a short time, by the source that they were decoded from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PIL import Image

from ..flights import Flights
from ..lru import Lru

SAMPLE = 64
"""Bytes at two places of a source by which it is looked up; then all of them are compared."""

LARGEST_SHARE = 2
"""A source may take this part of the memory."""

WIDTHS = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
"""Bytes that Pillow takes for a pixel, by mode; four for all others."""

Key = tuple[object, ...]


class _Content:
    """The bytes of a source as a key: equal if all bytes are, found by a few of them."""

    __slots__ = ("_hash", "body")

    def __init__(self, body: bytes) -> None:
        middle = len(body) // 2
        self.body = body
        self._hash = hash((len(body), body[middle : middle + SAMPLE], body[-SAMPLE:]))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self.body == other.body


class Known:
    """What is kept of one source: pictures by what they are, `bytes` in all, body included."""

    def __init__(self, content: _Content) -> None:
        self.content = content
        self.pictures: dict[Key, Image.Image] = {}
        self.bytes = len(content.body)
        self.used = 0.0


class Shared:
    """The decoded pictures of one process; all its threads may use it at once.

    Keeps `max_bytes` at most, compressed sources included, each source for `seconds` after it
    was last used: call `sweep` now and then.
    """

    def __init__(
        self, max_bytes: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lru: Lru[_Content, Known] = Lru(max_bytes, LARGEST_SHARE)
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self.flights: Flights[Key, Image.Image] = Flights()

    def used_bytes(self) -> int:
        """What is kept now, in bytes."""
        return self._lru.bytes

    def known(self, body: bytes) -> Known:
        """What is kept of this source; it counts as used now."""
        content = _Content(body)
        with self._lock:
            found = self._lru.get(content)
            if found is None:
                found = Known(content)
                self._lru.put(content, found, found.bytes)
            found.used = self._clock()
            return found

    def sweep(self) -> bool:
        """Forget what nobody used for so long; whether anything is left."""
        with self._lock:
            end = self._clock() - self._seconds
            while (oldest := self._lru.oldest()) and oldest[1].used <= end:
                self._lru.drop(oldest[0])
            return bool(len(self._lru))

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._lru.clear()

    def fits(self, known: Known, size: int) -> bool:
        """Whether so many more bytes may be kept of this source."""
        return self._lru.takes(known.bytes + size)

    def found(self, known: Known, key: Key) -> Image.Image | None:
        """A picture that is kept."""
        with self._lock:
            return known.pictures.get(key)

    def keep(self, known: Known, key: Key, image: Image.Image) -> None:
        """Keep a picture of this source, if there is room."""
        size = bytes_of(image.mode, image.size)
        with self._lock:
            if key in known.pictures or not self._lru.takes(known.bytes + size):
                return
            known.pictures[key] = image
            known.bytes += size
            self._lru.put(known.content, known, known.bytes)


def view(image: Image.Image) -> Image.Image:
    """A picture with the same pixels, which are copied once somebody draws on it."""
    seen = image._new(image.im)
    seen.readonly = 1
    return seen


def bytes_of(mode: str, size: tuple[int, int]) -> int:
    """What Pillow takes for the pixels of a picture."""
    return size[0] * size[1] * WIDTHS.get(mode, 4)
