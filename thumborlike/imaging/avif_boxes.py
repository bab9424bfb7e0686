"""Where the AV1 streams of an AVIF lie, whose sizes its outer boxes need not repeat.

ISO 14496-12 (boxes, 8.11 items, 8.7 samples) and AVIF 1.1.
"""

from __future__ import annotations

import itertools
import struct
from collections import deque
from collections.abc import Iterator, Sequence

from ..errors import BrokenImage
from .av1_stream import Size, announced_sizes

MOST_STEPS = 50_000
"""Boxes, pieces and units of streams that are looked at: a long animation has ten thousand."""

CODED = b"av01"
FULL = 4
"""Bytes of version and flags, with which some boxes begin."""

TABLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
"""The way to the tables that tell where the samples of an animation lie."""

Span = tuple[int, int]
"""Where something begins and ends in the file."""


def stream_size(body: bytes) -> Size:
    """Width and height of the largest picture that any of its streams announces.

    (0, 0) where none is found: a decoder finds none there either. Raises `BrokenImage` for a
    picture of more parts than allowed.
    """
    return _Search(body).largest()


class _Search:
    """Looks through a file, for a bounded number of steps."""

    def __init__(self, body: bytes) -> None:
        self._file = memoryview(body)
        self._left = MOST_STEPS

    def largest(self) -> Size:
        """Of all that is announced the one of most pixels."""
        found = 0, 0
        try:
            for stream in self._streams():
                for size in announced_sizes(stream):
                    self._step()
                    found = max(found, size, key=lambda each: each[0] * each[1])
        except (struct.error, IndexError):  # a box that ends too early
            pass
        return found

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise BrokenImage("the source has more parts than allowed")

    def _streams(self) -> Iterator[memoryview]:
        whole = 0, len(self._file)
        for kind, box in self._boxes(whole):
            if kind == b"meta":
                yield from self._items((box[0] + FULL, box[1]))
        for tables in self._tables(whole):
            yield from self._samples(tables)

    def _boxes(self, inside: Span) -> Iterator[tuple[bytes, Span]]:
        """Kind and contents of each box, as far as they go."""
        place, end = inside
        while place + 8 <= end:
            self._step()
            length, kind = struct.unpack_from(">I4s", self._file, place)
            begin = place + 8
            if length == 1:
                (length,), begin = struct.unpack_from(">Q", self._file, begin), begin + 8
            place = place + length if length else end
            if place < begin:
                return
            yield kind, (begin, min(place, end))

    def _items(self, meta: Span) -> Iterator[memoryview]:
        """The coded items of a still picture."""
        parts = dict(self._boxes(meta))
        if b"iinf" not in parts or b"iloc" not in parts:
            return
        coded = set(self._coded(*parts[b"iinf"]))
        for item, method, pieces in self._places(_Numbers(self._file, *parts[b"iloc"])):
            first, last = parts.get(b"idat", (0, 0)) if method == 1 else (0, len(self._file))
            if item in coded:
                yield self._joined(self._file[first:last], pieces)

    def _joined(self, within: memoryview, pieces: Sequence[Span]) -> memoryview:
        found = [within[begin:end] for begin, end in pieces]
        if len(found) == 1:
            return found[0]
        if sum(map(len, found)) > len(within):
            raise BrokenImage("parts of the source overlap")
        return memoryview(b"".join(found))

    def _coded(self, begin: int, end: int) -> Iterator[int]:
        """Numbers of the items that are AV1."""
        count = 4 if self._file[begin] else 2
        for kind, (start, _) in self._boxes((begin + FULL + count, end)):
            wide = 4 if self._file[start] >= 3 else 2
            name = start + FULL + wide + 2
            if kind == b"infe" and self._file[name : name + 4] == CODED:
                yield int.from_bytes(self._file[start + FULL : start + FULL + wide], "big")

    def _places(self, places: _Numbers) -> Iterator[tuple[int, int, Sequence[Span]]]:
        """Item, how it is laid down (1: in `idat`), and its pieces."""
        version = places.take(1)
        places.take(3)
        widths = places.take(2)
        offset, length, base, index = (widths >> shift & 15 for shift in (12, 8, 4, 0))
        wide = 4 if version >= 2 else 2
        for _ in range(places.take(wide)):
            item = places.take(wide)
            method = places.take(2) & 15 if version else 0
            places.take(2)
            start, pieces = places.take(base), []
            for _ in range(places.take(2)):
                self._step()
                places.take(index if version else 0)
                begin = start + places.take(offset)
                size = places.take(length)
                pieces.append((begin, begin + size if size else len(self._file)))
            yield item, method, pieces

    def _tables(self, inside: Span, way: tuple[bytes, ...] = TABLES) -> Iterator[Span]:
        """Those of each track."""
        for kind, box in self._boxes(inside):
            if kind == way[0]:
                yield from self._tables(box, way[1:]) if way[1:] else (box,)

    def _samples(self, tables: Span) -> Iterator[memoryview]:
        """A track's, as they lie in its chunks."""
        parts = dict(self._boxes(tables))
        chunks, width = (b"co64", 8) if b"co64" in parts else (b"stco", 4)
        if not {chunks, b"stsz", b"stsc"} <= parts.keys():
            return
        offsets, sizes, runs = (
            _Numbers(self._file, parts[name][0] + FULL, parts[name][1])
            for name in (chunks, b"stsz", b"stsc")
        )
        every = sizes.take(4)
        left, counts = sizes.take(4), _counts(runs)
        for _ in range(offsets.take(4)):
            begin = offsets.take(width)
            for _ in range(min(next(counts), left)):
                self._step()
                left -= 1
                end = begin + (every or sizes.take(4))
                yield self._file[begin:end]
                begin = end


def _counts(runs: _Numbers) -> Iterator[int]:
    """How many samples each chunk has, without end: a run holds up to the chunk of the next."""
    waiting = deque((runs.take(4), runs.take(4), runs.take(4)) for _ in range(runs.take(4)))
    count = 0
    for chunk in itertools.count(1):
        while waiting and waiting[0][0] <= chunk:
            _, count, _ = waiting.popleft()
        yield count


class _Numbers:
    """Numbers of whole bytes, one after the other. Raises IndexError past the end."""

    def __init__(self, file: memoryview, begin: int, end: int) -> None:
        self._file = file
        self._place = begin
        self._end = end

    def take(self, width: int) -> int:
        """The next number of so many bytes."""
        begin, self._place = self._place, self._place + width
        if self._place > self._end:
            raise IndexError("the box ends too early")
        return int.from_bytes(self._file[begin : self._place], "big")
