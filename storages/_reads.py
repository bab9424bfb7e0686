"""What is read now, so that an old entry is not copied over a new one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from thumborlike.interfaces import Key, Kind


class Reads:
    """The entries that are read, those replaced meanwhile, and those copied to nearer tiers.

    Lives on the event loop; what other processes do is not known.
    """

    def __init__(self) -> None:
        self._open: dict[Key, int] = {}
        self._replaced: set[Key] = set()
        self._copies: dict[Key, asyncio.Future[None]] = {}
        self._purging: Counter[str] = Counter()

    @contextmanager
    def of(self, key: Key) -> Iterator[None]:
        """While the entry is read."""
        self._open[key] = self._open.get(key, 0) + 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]
                self._replaced.discard(key)

    async def replaced(self, key: Key) -> None:
        """The entry is about to be written or deleted; a copy that is under way ends first."""
        if key in self._open:
            self._replaced.add(key)
        if copy := self._copies.get(key):
            await asyncio.wait([copy])

    @asynccontextmanager
    async def purging(self, source: str) -> AsyncIterator[None]:
        """While a source is purged: what is read of it until the end is not copied."""
        self._purging[source] += 1
        try:
            await self._purged(source)
            yield
            await self._purged(source)
        finally:
            self._purging[source] -= 1
            self._purging += Counter()  # without those that are over

    def still_counts(self, key: Key) -> bool:
        """Whether what was read may be copied: not replaced since, and nobody is copying it."""
        purged = any(_is_of(key, source) for source in self._purging)
        return not purged and key not in self._replaced and key not in self._copies

    async def copying(self, key: Key, work: Coroutine[Any, Any, None]) -> None:
        """Copy; who reads may leave meanwhile."""
        task = asyncio.ensure_future(work)
        self._copies[key] = task
        task.add_done_callback(lambda _: self._copies.pop(key, None))
        await asyncio.shield(task)

    async def _purged(self, source: str) -> None:
        for key in {**self._open, **self._copies}:
            if _is_of(key, source):
                await self.replaced(key)


def _is_of(key: Key, source: str) -> bool:
    """Whether the source, or something made of it, is meant."""
    return source in key.made_of if key.kind is Kind.RESULT else source == key.name
