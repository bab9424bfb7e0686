"""Entries in memory, the least recently used given up first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from thumborlike.interfaces import Environment, Key, Kind, Stored
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

MEBIBYTE = 1 << 20
OVERHEAD = 512
"""Bytes that an entry takes besides its name and its body, roughly."""


@dataclass(frozen=True, slots=True)
class MemoryStorageSettings:
    """How much is kept."""

    memory_storage_max_bytes: int = setting(
        "MEMORY_STORAGE_MAX_BYTES",
        256 * MEBIBYTE,
        "Bytes that the memory storage keeps in each process; the least recently used go first.",
        low=0,
        ours=True,
    )


SETTINGS = MemoryStorageSettings


class MemoryStorage:
    """Keeps at most `max_bytes`, names included. An entry larger than that is not kept.

    Lives on the event loop alone, so it needs no lock.
    """

    answers_at_once = True

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.time) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[Key, Stored] = OrderedDict()
        self._made_of: dict[str, set[Key]] = {}
        self._sources_of: dict[Key, tuple[str, ...]] = {}
        self._bytes = 0

    async def get(self, key: Key) -> Stored | None:
        """The entry, which is the most recently used one then; or None."""
        stored = self._entries.get(key)
        if stored:
            self._entries.move_to_end(key)
        return stored

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry if it fits, at the cost of others."""
        await self.put_as_of(key, Stored(body, self._clock()))

    async def put_as_of(self, key: Key, stored: Stored) -> None:
        """The same for an entry that is as old as it says."""
        await self.delete(key)
        size = _size(key, stored.body)
        if not stored.body or size > self._max_bytes:
            return
        self._entries[key] = stored
        self._bytes += size
        self._sources_of[key] = key.made_of
        for source in key.made_of:
            self._made_of.setdefault(source, set()).add(key)
        while self._bytes > self._max_bytes:
            await self.delete(next(iter(self._entries)))

    async def delete(self, key: Key) -> None:
        """Forget the entry."""
        stored = self._entries.pop(key, None)
        if stored is None:
            return
        self._bytes -= _size(key, stored.body)
        for source in self._sources_of.pop(key, ()):
            self._made_of[source].discard(key)
            if not self._made_of[source]:
                del self._made_of[source]

    async def purge(self, source: str) -> int:
        """Forget the source and what was made of it."""
        own = (Key(kind, source) for kind in (Kind.SOURCE, Kind.FOCAL_POINTS))
        wanted = [each for each in (*own, *self._made_of.get(source, ())) if each in self._entries]
        for each in wanted:
            await self.delete(each)
        return len(wanted)


def _size(key: Key, body: bytes) -> int:
    return OVERHEAD + len(key.name) + len(body)


def create(env: Environment) -> MemoryStorage:
    """A storage in this process, as large as MEMORY_STORAGE_MAX_BYTES allows."""
    return MemoryStorage(env.section(SETTINGS).memory_storage_max_bytes)
