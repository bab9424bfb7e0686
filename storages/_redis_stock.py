"""What lies in a Redis, and making room there: asked for by `thumborlike storage`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

from thumborlike.interfaces import Holding, Kind, Share
from thumborlike.records import dataclass

from ._redis_client import Server
from ._redis_index import BATCH, removed_of
from ._redis_keys import MADE_OF, kind_of
from ._stock import age_step, limit_of


@dataclass(frozen=True, slots=True)
class Item:
    """An entry: the bytes of memory it takes, seconds since its last use, time of writing.

    What lives for ever has no time of writing, and was put there to stay.
    """

    name: bytes
    kind: Kind
    size: int
    idle: float
    written: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """Entries of `kinds` below a prefix in a Redis.

    `written(left)`: the time of writing of what has so many milliseconds to live.
    """

    name: str
    server: Server
    prefix: str
    kinds: tuple[Kind, ...]
    written: Callable[[int], float]


async def holdings(places: Sequence[Place]) -> list[Holding]:
    """What is there; bounds are the servers' `maxmemory`. Raises `StorageError`."""
    return [await each.server.run_long(partial(_holding, each)) for each in places]


async def pruned(places: Sequence[Place], most: int | None) -> list[tuple[Holding, Holding]]:
    """Remove what is beyond `most` bytes at each place, and notes of what is gone.

    What is left, and what was removed. Raises `StorageError`.
    """
    return [await each.server.run_long(partial(_pruned, each, most)) for each in places]


async def _holding(place: Place, client: Any) -> Holding:
    shelf = _Shelf(client, place)
    found, bytes_of = Counter[Kind](), Counter[Kind]()
    oldest: float | None = None
    async for item in shelf.items():
        found[item.kind] += 1
        bytes_of[item.kind] += item.size
        if item.written is not None:
            oldest = min(item.written, oldest or item.written)
    shares = tuple(Share(each.value, found[each], bytes_of[each]) for each in place.kinds)
    size, bound = sum(bytes_of.values()), await shelf.bound()
    return Holding(place.name, sum(found.values()), size, bound, oldest, shares)


async def _pruned(place: Place, most: int | None, client: Any) -> tuple[Holding, Holding]:
    shelf = _Shelf(client, place)
    gone = (0, 0) if most is None else await shelf.make_room(most)
    if Kind.RESULT in place.kinds:
        await shelf.forget_notes()
    left = await _holding(place, client)
    return left, Holding(place.name, *gone, left.bound)


class _Shelf:
    """A place, while somebody looks at it."""

    def __init__(self, client: Any, place: Place) -> None:
        self._client = client
        self._prefix = place.prefix
        self._kinds = place.kinds
        self._written = place.written

    async def make_room(self, most: int) -> tuple[int, int]:
        """Remove the least recently used beyond `most` bytes; entries and bytes that went."""
        ages, total = Counter[int](), 0
        async for item in self.items():
            total += item.size
            if self._may_go(item):
                ages[age_step(item.idle)] += item.size
        surplus, gone, freed = total - most, 0, 0
        if surplus <= 0:
            return 0, 0
        limit = limit_of(ages, surplus)
        async for item in self.items():
            if freed >= surplus:
                break
            old = self._may_go(item) and age_step(item.idle) >= limit
            if old and await removed_of(self._client, [item.name]):
                gone, freed = gone + 1, freed + item.size
        return gone, freed

    async def forget_notes(self) -> None:
        """Remove the notes of results that are no more. A writer that misses its note tidies up."""
        async for index in self._names(MADE_OF):
            names = await self._client.zrange(index, 0, -1)
            for start in range(0, len(names), BATCH):
                some = names[start : start + BATCH]
                looks = self._client.pipeline(transaction=False)
                for each in some:
                    looks.exists(each)
                there = await looks.execute()
                over = [each for each, found in zip(some, there, strict=True) if not found]
                if over:
                    await self._client.zrem(index, *over)

    def _may_go(self, item: Item) -> bool:
        """Not what stays for ever; nor sources that may be another program's: they have no mark."""
        ours = item.kind is Kind.RESULT or bool(self._prefix)
        return ours and item.written is not None

    async def items(self) -> AsyncIterator[Item]:
        batch: list[bytes] = []
        async for name in self._names(""):
            if kind_of(name, self._prefix) in self._kinds:
                batch.append(name)
            if len(batch) == BATCH:
                for item in await self._looked_at(batch):
                    yield item
                batch = []
        for item in await self._looked_at(batch):
            yield item

    async def _looked_at(self, names: list[bytes]) -> list[Item]:
        """Those that are texts, looked at so that it is no use of them.

        How long one was idle is not told where the policy is LFU.
        """
        looks = self._client.pipeline(transaction=False)
        for each in names:
            looks.type(each)
            looks.memory_usage(each)
            looks.object("idletime", each)
            looks.pttl(each)
        facts = iter(await looks.execute(raise_on_error=False) if names else ())
        found = []
        for name, form, size, idle, left in zip(names, facts, facts, facts, facts, strict=False):
            kind = kind_of(name, self._prefix)
            if kind is None or form != b"string" or not size or not isinstance(left, int):
                continue
            written = self._written(left) if left >= 0 else None
            found.append(Item(name, kind, int(size), idle if isinstance(idle, int) else 0, written))
        return found

    async def _names(self, front: str) -> AsyncIterator[bytes]:
        """Each name once, as far as Redis promises; what vanishes meanwhile may be among them."""
        start = f"{self._prefix}{front}".encode("utf-8", "surrogatepass")
        pattern = b"".join(
            b"\\" + bytes([each]) if each in b"*?[]\\^-" else bytes([each]) for each in start
        )
        async for name in self._client.scan_iter(match=pattern + b"*", count=BATCH):
            yield name
            await asyncio.sleep(0)

    async def bound(self) -> int:
        """Nodes of a cluster tell one by one, and are not asked."""
        facts = await self._client.info("memory")
        return int(facts.get("maxmemory", 0))
