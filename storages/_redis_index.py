"""Which results in Redis were made of which source, and when a source was purged.

    thumbor:of:<source>      a sorted set: names of results, by the time at which they expire
    thumbor:purged:<source>  there since the source was purged; lives as long as results do

A note is there before its result, and is looked for again after it: a result whose note a purge has
taken meanwhile goes, too. What has no note (tc_redis wrote it, or Redis evicted the set) is told by
the second: a result that is older than that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from thumborlike.interfaces import Key

from ._redis_keys import index_of, purged_of

BATCH = 500
"""Names that are worked on at once."""


class Index:
    """The notes below a prefix. `lifetime` of results, in milliseconds."""

    def __init__(self, prefix: str, lifetime: int, clock: Callable[[], float]) -> None:
        self._prefix = prefix
        self._lifetime = lifetime
        self._clock = clock

    async def write(self, client: Any, key: Key, name: bytes, body: bytes, ends: int) -> bool:
        """Keep a result for `ends` milliseconds, with its notes; whether Redis has taken it."""
        await self._note(client, key, name, ends)
        kept = await client.set(name, body, px=ends)
        if kept and not await self._is_noted(client, key, name):
            await client.delete(name)
        return bool(kept)

    def purged(self, key: Key) -> Sequence[bytes]:
        """The names whose lives tell when the sources of a result were purged."""
        return [purged_of(each, self._prefix) for each in key.made_of]

    async def begin_purge(self, source: str, client: Any) -> None:
        """From now on older results are missing."""
        await client.set(purged_of(source, self._prefix), b"1", px=self._lifetime)

    async def purge_some(self, source: str, client: Any) -> int | None:
        """Remove some results of a source; how many were there, None if no note is left.

        They go before their notes, so that a failure forgets none, and once more after them.
        """
        index = index_of(source, self._prefix)
        names = await client.zrange(index, 0, BATCH - 1)
        if not names:
            return None
        removed = await removed_of(client, names)
        await client.zrem(index, *names)
        return removed + await removed_of(client, names)

    async def _note(self, client: Any, key: Key, name: bytes, ends: int) -> None:
        """Note it, and forget those that have expired."""
        now = self._clock()
        notes = client.pipeline(transaction=False)
        for source in key.made_of:
            index = index_of(source, self._prefix)
            notes.zadd(index, {name: now + ends / 1000})
            notes.zremrangebyscore(index, "-inf", now)
            notes.pexpire(index, self._lifetime)
        await notes.execute()

    async def _is_noted(self, client: Any, key: Key, name: bytes) -> bool:
        looks = client.pipeline(transaction=False)
        for source in key.made_of:
            looks.zscore(index_of(source, self._prefix), name)
        return None not in await looks.execute()


async def removed_of(client: Any, names: Sequence[bytes]) -> int:
    """Delete these; how many were there. One by one, as a cluster wants it."""
    deletions = client.pipeline(transaction=False)
    for each in names:
        deletions.delete(each)
    return sum(await deletions.execute())
