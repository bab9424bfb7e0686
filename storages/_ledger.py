"""How many bytes each process may still write into a folder that several share.

A small file in the folder holds what was granted to whom. It is read and written under a lock
that lasts as long as one inspection of the folder and that nobody waits for but inspectors.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

NAME = ".thumborlike-grants"
LASTS = 300.0
"""Seconds after which a grant is over: a process that was killed returns nothing."""

PATIENCE = 30.0
"""Seconds an inspector waits for another one before it goes on without the lock."""

LONGEST = 1 << 20


class Ledger:
    """The grants of one folder, as one process sees them. Epoch seconds, so that hosts agree."""

    def __init__(self, root: Path) -> None:
        self._path = root / NAME
        self._me = secrets.token_hex(8)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Page]:
        """The grants of the others, locked. Raises OSError if the folder cannot be written to."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._path, flags, 0o666)
        try:
            _lock(descriptor)
            yield Page(descriptor, self._me)
        finally:
            os.close(descriptor)  # and so the lock is gone


class Page:
    """What the ledger says while it is locked."""

    def __init__(self, descriptor: int, me: str) -> None:
        self._descriptor = descriptor
        self._me = me
        now = time.time()
        grants = _parse(os.pread(descriptor, LONGEST, 0))
        self._others = {
            name: (since, size)
            for name, (since, size) in grants.items()
            if name != me and 0 <= now - since < LASTS
        }

    @property
    def sharers(self) -> int:
        """Processes that write here, this one included."""
        return 1 + len(self._others)

    @property
    def granted(self) -> int:
        """Bytes that the others may still write, at most."""
        return sum(size for _, size in self._others.values())

    def grant(self, size: int) -> None:
        """Note what this process may write from now on. Raises OSError."""
        grants = {**self._others, self._me: (time.time(), size)}
        text = json.dumps(grants).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)


def _lock(descriptor: int) -> None:
    """Exclusively; without it where others are too slow or the file system knows no locks."""
    end = time.monotonic() + PATIENCE
    while not _locked(descriptor) and time.monotonic() < end:
        time.sleep(0.02)


def _locked(descriptor: int) -> bool:
    """False as long as somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no locks here
        return True
    return True


def _parse(text: bytes) -> dict[str, tuple[float, int]]:
    """What a killed writer left half-written counts as nothing."""
    try:
        found = json.loads(text or b"{}")
        return {str(name): (float(since), int(size)) for name, (since, size) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
