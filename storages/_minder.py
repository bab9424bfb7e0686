"""Keeps a folder below its bound: decides when to look, and what may be written meanwhile.

A process may write what it was granted: a tenth of the bound, more while the folder is nearly
empty, less where several share it. When little of that is left, a thread of its own inspects the
folder, removes what was least recently used, and has the next grant noted. What does not fit
before then is not kept: a cache may forget, a disk must not fill up. All grants and the folder's
content together stay within the bound, however many processes share the folder.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from thumborlike.records import dataclass

from . import _notes
from ._ledger import LASTS, Ledger, Page
from ._stock import BLOCK, RESULTS, Levels, Stock, make_room, tidy

SHARE = 10
"""The part of the bound that is free after an inspection: one tenth."""

BATCH = 256
"""Files looked at before the inspector lets others run."""

LARGEST = 4
"""An entry of more than a quarter of the bound is not kept."""

RETRY = 5.0
"""Seconds after a failed inspection, or one that found no room, before the next one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Folder:
    """A root with its layout, its bound in bytes (0: none), and the age of entries in seconds."""

    root: Path
    levels: Levels
    max_bytes: int = 0
    max_age: float | None = None


class Minder:
    """Minds one folder for one process. Thread-safe; admission never waits for the disk."""

    def __init__(self, folder: Folder, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._ledger = Ledger(folder.root)
        self._lock = threading.Lock()
        self._left = 0
        self._writing = 0
        self._low = 0
        self._until = clock()
        self._largest = 0
        self._resting_until = clock()
        self._inspector: threading.Thread | None = None

    @contextmanager
    def admission(self, size: int) -> Iterator[bool]:
        """Whether an entry of so many bytes may be written within; those are then used up."""
        size = -(-size // BLOCK) * BLOCK
        admitted = not self._folder.max_bytes or self._admits(size)
        try:
            yield admitted
        finally:
            if self._folder.max_bytes and admitted:
                with self._lock:
                    self._writing -= size

    def _admits(self, size: int) -> bool:
        with self._lock:
            if self._clock() > self._until:
                self._left = 0
            wanted = size <= self._folder.max_bytes // LARGEST
            fits = wanted and size <= self._left
            if fits:
                self._left -= size
                self._writing += size
            elif wanted:
                self._largest = max(self._largest, size)
            if wanted and (not fits or self._left <= self._low):
                self._inspect_soon()
        return fits

    def settle(self) -> None:
        """Wait for an inspection that is under way."""
        inspector = self._inspector
        if inspector:
            inspector.join()

    def _inspect_soon(self) -> None:
        if self._inspector or self._clock() < self._resting_until:
            return
        self._inspector = threading.Thread(target=self._inspect, name="storage", daemon=True)
        self._inspector.start()

    def _inspect(self) -> None:
        begun, granted = self._clock(), 0
        try:
            self._folder.root.mkdir(parents=True, exist_ok=True)
            with self._ledger.opened() as page:
                granted = self._granted(page)
        except OSError as error:
            log.warning("storage: the folder cannot be inspected: %s", error.strerror)
        with self._lock:
            ended = self._clock()
            self._left += granted
            self._low = min(self._left, self._folder.max_bytes // SHARE) // 2
            self._until = begun + LASTS / 2
            self._largest = 0
            self._resting_until = ended + (ended - begun if self._left else RETRY)
            self._inspector = None

    def _granted(self, page: Page) -> int:
        """Look, make room, and have noted what this process may write; what it may more."""
        with self._lock:
            mine, largest = self._left + self._writing, self._largest
        bound = self._folder.max_bytes - page.granted
        share = max(self._folder.max_bytes // SHARE // page.sharers, 2 * largest)
        stock = tidied(self._folder, bound - max(share, mine), gentle())
        free = bound - stock.size
        granted = max(0, min(max(share, free // (2 * page.sharers)), free) - mine)
        page.grant(mine + granted)
        return granted


def tidied(folder: Folder, most: int | None, pace: Callable[[], None]) -> Stock:
    """Remove what is too old, then the least recently used beyond `most` bytes (None: any)."""
    stock = tidy(folder.root, folder.levels, folder.max_age, pace)
    if most is not None and stock.size > most:
        make_room(folder.root, folder.levels, stock, stock.size - most, pace)
    if folder.levels is RESULTS:
        _notes.sweep(str(folder.root), folder.max_age, pace)
    return stock


def gentle() -> Callable[[], None]:
    """Called for each file: rests as long as the last batch took, so that requests go first."""
    count, since = 0, time.perf_counter()

    def pace() -> None:
        nonlocal count, since
        count += 1
        if count % BATCH == 0:
            time.sleep(min(1.0, time.perf_counter() - since))
            since = time.perf_counter()

    return pace
