"""Memory that two processes see: what crosses between them is copied in once and out once."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os

LEAST = 1 << 20
"""Bytes that a passage has at first."""

KEPT = 8 << 20
"""Bytes beyond which it gives memory back after each use."""

IN_ONE_CALL = 4 << 20
"""Larger pieces are handed to the system whole: touching fresh memory page by page takes longer."""

MAY_SEAL = hasattr(os, "memfd_create") and hasattr(fcntl, "F_ADD_SEALS")


class Passage:
    """A file in memory, mapped. Either side may make it larger; nobody can make it smaller.

    Were it smaller than the other side believes, reading would end that process: so it is sealed
    where the system can (Linux).
    """

    def __init__(self, file: int) -> None:
        self.file = file
        self._map = mmap.mmap(file, os.fstat(file).st_size)

    @property
    def size(self) -> int:
        """Bytes that fit, as this side sees it."""
        return len(self._map)

    def make_room(self, size: int) -> None:
        """Have at least so many bytes. Raises OSError if there is not so much memory."""
        if size > self.size:
            os.ftruncate(self.file, 1 << (size - 1).bit_length())
            self._map_anew()

    def reach(self, size: int) -> None:
        """The other side says that it has made it so large. Raises ValueError if it has not."""
        if size > self.size:
            self._map_anew()
        if size > self.size:
            raise ValueError("the passage is smaller than it was said to be")

    def write(self, parts: list[bytes | memoryview], start: int = 0) -> None:
        """Put them one after another."""
        place = start
        for each in parts:
            if len(each) > IN_ONE_CALL:
                self._write_at(place, memoryview(each))
            else:
                self._map[place : place + len(each)] = each
            place += len(each)

    def read(self, start: int, size: int) -> bytes:
        """A copy of what lies there. Raises ValueError beyond the end."""
        if start + size > self.size:
            raise ValueError("this lies beyond the end of the passage")
        if size > IN_ONE_CALL:
            return os.pread(self.file, size, start)
        return self._map[start : start + size]

    def give_back(self) -> None:
        """Return the memory of large contents to the system; the room stays."""
        if self.size > KEPT and hasattr(mmap, "MADV_REMOVE"):
            with contextlib.suppress(OSError):
                self._map.madvise(mmap.MADV_REMOVE, KEPT, self.size - KEPT)

    def close(self) -> None:
        """Let go of it."""
        self._map.close()
        os.close(self.file)

    def _write_at(self, place: int, rest: memoryview) -> None:
        while rest:
            done = os.pwrite(self.file, rest, place)
            place, rest = place + done, rest[done:]

    def _map_anew(self) -> None:
        self._map.close()
        self._map = mmap.mmap(self.file, os.fstat(self.file).st_size)


def new_passage() -> Passage:
    """A new one, for this process and those that its file is handed to."""
    if MAY_SEAL:
        file = os.memfd_create("pictures", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    else:
        import tempfile  # noqa: PLC0415  (not where memory has files)

        with tempfile.TemporaryFile() as unnamed:
            file = os.dup(unnamed.fileno())
    os.ftruncate(file, LEAST)
    return Passage(file)
