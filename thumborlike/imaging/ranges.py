"""Stretches of a file that are kept."""

from __future__ import annotations


class Ranges:
    """Begins with the first `start` bytes; stretches come in the order of the file."""

    def __init__(self, start: int) -> None:
        self._kept = [(0, start)]

    def add(self, start: int, end: int) -> None:
        """Keep the bytes from `start` up to `end`."""
        if self._kept[-1][1] == start:
            self._kept[-1] = self._kept[-1][0], end
        else:
            self._kept.append((start, end))

    def of(self, body: bytes) -> bytes:
        """What is kept of the file; the file itself if that is all of it."""
        if len(self._kept) == 1 and self._kept[0][1] >= len(body):
            return body
        return b"".join(body[start:end] for start, end in self._kept)
