"""Several storages, the nearest first: memory, then a disk, then S3 or Redis."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.interfaces import (
    AnswersAtOnce,
    Closes,
    Environment,
    Holding,
    KeepsTimes,
    Key,
    Kind,
    Locks,
    Metrics,
    Purges,
    Storage,
    Stored,
    Tended,
)
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from ._behind import Behind
from ._breaker import Breaker
from ._reads import Reads

T = TypeVar("T")
MEBIBYTE = 1 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TieredStorageSettings:
    """Keys of the storage `tiered`."""

    tiered_storage_tiers: Sequence[str] = setting(
        "TIERED_STORAGE_TIERS",
        ("memory", "file"),
        "The storages that the storage `tiered` is made of, the nearest first.",
        ours=True,
    )
    tiered_storage_writes: str = setting(
        "TIERED_STORAGE_WRITES",
        "through",
        "`through` writes to all tiers before an entry counts as kept; `behind` to the first, and "
        "to the others soon after: a process that is killed loses what it had not written.",
        choices=("through", "behind"),
        ours=True,
    )
    tiered_storage_queue_bytes: int = setting(
        "TIERED_STORAGE_QUEUE_BYTES",
        64 * MEBIBYTE,
        "Bytes that each process may hold to be written behind; beyond that it writes through.",
        low=0,
        ours=True,
    )
    tiered_storage_flush_seconds: float = setting(
        "TIERED_STORAGE_FLUSH_SECONDS",
        10.0,
        "Seconds that a shutdown waits for what is to be written behind.",
        low=0,
        ours=True,
    )
    tiered_storage_timeout_seconds: float = setting(
        "TIERED_STORAGE_TIMEOUT_SECONDS",
        0.8,
        "Seconds that one tier may take to read an entry, before the next one is asked; one that "
        "is late or fails is left alone for a while. 0 for no limit. STORAGE_TIMEOUT_SECONDS "
        "bounds all tiers together.",
        low=0,
        ours=True,
    )


SETTINGS = TieredStorageSettings


class Tier:
    """One of several storages, not read while it is out of order.

    `timeout` of reading, in seconds, or None.
    """

    def __init__(self, name: str, storage: Storage, timeout: float | None) -> None:
        self.name = name
        self.storage = storage
        at_once = isinstance(storage, AnswersAtOnce) and storage.answers_at_once
        self._timeout = None if at_once else timeout
        self._breaker = Breaker()

    async def get(self, key: Key) -> Stored | None:
        """As the storage. Raises `StorageError`, also if it is late."""
        return await self._run(lambda: asyncio.wait_for(self.storage.get(key), self._timeout))

    async def put(self, key: Key, body: bytes) -> None:
        """As the storage; one that cannot write (a full disk) may well be read."""
        await self.storage.put(key, body)

    async def promote(self, key: Key, stored: Stored) -> None:
        """Keep what a tier behind had, as old as it is if the storage can."""
        storage = self.storage
        if isinstance(storage, KeepsTimes):
            await storage.put_as_of(key, stored)
        else:
            await self.put(key, stored.body)

    async def delete(self, key: Key) -> None:
        """As the storage, even if it is out of order: it may have the entry again later."""
        await self.storage.delete(key)

    async def purge(self, source: str) -> int:
        """As the storage; in one that cannot purge, what has the source's name."""
        storage = self.storage
        if isinstance(storage, Purges):
            removed: int = await storage.purge(source)
            return removed
        for kind in (Kind.SOURCE, Kind.FOCAL_POINTS):
            await storage.delete(Key(kind, source))
        return 0

    async def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        if self._timeout is None:
            return await work()
        if not self._breaker.allows():
            raise StorageError(f"the tier {self.name!r} is out of order")
        try:
            answer = await work()
        except asyncio.TimeoutError as error:
            self._breaker.failed()
            raise StorageError(f"the tier {self.name!r} is late") from error
        except StorageError:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answer


class TieredStorage:
    """Reads from the first tier that has an entry, and keeps it in those before.

    Writes go to all tiers. A tier that fails is passed over; only if all do, it is an error.
    """

    def __init__(
        self,
        tiers: Sequence[Tier],
        metrics: Metrics,
        *,
        queue_bytes: int,
        flush: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tiers = tuple(tiers)
        self._metrics = metrics
        self._behind = Behind(self._put_behind, queue_bytes) if queue_bytes else None
        self._flush = flush
        self._clock = clock
        self._reads = Reads()
        for each in tiers:
            if isinstance(each.storage, Locks):  # the nearest that has some; none without
                self.acquire, self.extend = each.storage.acquire, each.storage.extend
                self.release = each.storage.release
                break

    async def get(self, key: Key) -> Stored | None:
        """The entry of the first tier that has it. Raises `StorageError` if all fail."""
        with self._reads.of(key):
            return await self._get(key)

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry in all tiers, or now in the first and soon in the others."""
        await self._reads.replaced(key)
        behind = self._behind
        if behind and not body:
            await behind.drop(key)
        if not behind or not body:
            return await self._put(self._tiers, key, body)
        try:
            await self._tiers[0].put(key, body)
        except StorageError:
            return await self._put(self._tiers[1:], key, body)
        if not behind.put(key, body):
            await behind.drop(key)
            await self._put(self._tiers[1:], key, body)
        return None

    async def delete(self, key: Key) -> None:
        """Forget the entry in all tiers. Raises `StorageError` if one of them could not."""
        await self._reads.replaced(key)
        if self._behind:
            await self._behind.drop(key)
        await self._all(self._tiers, lambda tier: tier.delete(key), tolerated=0)

    async def purge(self, source: str) -> int:
        """Forget the source and what was made of it in all tiers; how many entries that were.

        In a tier that cannot purge, what has the source's name. Raises `StorageError` if one of
        them could not: all are asked nevertheless.
        """
        async with self._reads.purging(source):
            if self._behind:
                await self._behind.drop_of(source)
            ends = await asyncio.gather(
                *(tier.purge(source) for tier in self._tiers), return_exceptions=True
            )
        for each in ends:
            if isinstance(each, BaseException):
                raise each
        return sum(each for each in ends if isinstance(each, int))

    def stats(self) -> Sequence[Holding]:
        """What the tiers hold that can tell."""
        return [held for each in self._tended() for held in each.stats()]

    def prune(self, max_bytes: int | None = None) -> Sequence[tuple[Holding, Holding]]:
        """Make room in them."""
        return [pair for each in self._tended() for pair in each.prune(max_bytes)]

    async def close(self) -> None:
        """Write what waits to be written, then release what the tiers hold."""
        if self._behind:
            await self._behind.flush(self._flush)
        for tier in self._tiers:
            if isinstance(tier.storage, Closes):
                await tier.storage.close()

    async def _get(self, key: Key) -> Stored | None:
        failure, without = None, list[Tier]()
        for tier in self._tiers:
            try:
                found = await tier.get(key)
            except StorageError as error:
                self._metrics.incr(f"storage.tier.{tier.name}.error")
                failure = error
                continue
            if not found and not without:
                found = self._waiting(key)
            if found and found.body:
                self._metrics.incr(f"storage.tier.{tier.name}.hit")
                await self._promote(key, found, without)
                return found
            without.append(tier)
        if failure and not without:
            raise failure
        return None

    async def _promote(self, key: Key, stored: Stored, tiers: Sequence[Tier]) -> None:
        """Keep it in these, unless it was replaced meanwhile."""
        if tiers and self._reads.still_counts(key):
            work = self._all(tiers, lambda tier: tier.promote(key, stored), len(tiers))
            await self._reads.copying(key, work)

    def _waiting(self, key: Key) -> Stored | None:
        body = self._behind.get(key) if self._behind else None
        return Stored(body, self._clock()) if body else None

    async def _put_behind(self, key: Key, body: bytes) -> None:
        await self._put(self._tiers[1:], key, body)

    async def _put(self, tiers: Sequence[Tier], key: Key, body: bytes) -> None:
        await self._all(tiers, lambda tier: tier.put(key, body), tolerated=len(tiers) - 1)

    async def _all(
        self, tiers: Sequence[Tier], work: Callable[[Tier], Awaitable[None]], tolerated: int
    ) -> None:
        """Work on these tiers at once. Raises the error of one if more than `tolerated` fail."""
        ends = await asyncio.gather(*map(work, tiers), return_exceptions=True)
        failures = [each for each in ends if isinstance(each, BaseException)]
        for each in failures:
            if not isinstance(each, StorageError):
                raise each
            log.warning("storage: one of several tiers: %s", each)
        if len(failures) > tolerated:
            raise failures[-1]

    def _tended(self) -> Iterator[Tended]:
        return (each.storage for each in self._tiers if isinstance(each.storage, Tended))


def create(env: Environment) -> TieredStorage:
    """The storages that TIERED_STORAGE_TIERS names. Raises `ConfigurationError`."""
    settings = env.section(SETTINGS)
    if not (names := settings.tiered_storage_tiers):
        raise ConfigurationError("the storage 'tiered' needs TIERED_STORAGE_TIERS")
    seconds = settings.tiered_storage_timeout_seconds or None
    behind = settings.tiered_storage_writes == "behind" and len(names) > 1
    return TieredStorage(
        [Tier(name, env.storage(name), seconds) for name in names],
        env.metrics,
        queue_bytes=settings.tiered_storage_queue_bytes if behind else 0,
        flush=settings.tiered_storage_flush_seconds,
    )
