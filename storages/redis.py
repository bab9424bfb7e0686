"""Entries in Redis, in the layout of `tc_redis`; and locks that several servers share.

`redis` is asked for when this storage is configured and not before: to import it takes 80 ms.
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from thumborlike.errors import StorageError
from thumborlike.interfaces import Environment, Holding, Key, Kind, Stored
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from ._redis_index import Index, removed_of
from ._redis_keys import lock_of, name_of
from ._redis_places import of_results, of_sources
from ._redis_settings import RedisSettings

if TYPE_CHECKING:
    from ._redis_client import Server
    from ._redis_stock import Place

SETTINGS = RedisSettings

NEVER = 10 * 365 * 86400.0
"""Seconds that stand for no expiration: what is left of them tells when an entry was written."""

_LASTING = re.compile(r"[0-9a-f]{32}|blacklist\.txt")
"""Names of uploads, and of the block list: they cannot be had again."""

_RELEASE = (
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end return 0"
)
"""Deletes a lock if it still is ours, in one step."""

_EXTEND = _RELEASE.replace("redis.call('del',KEYS[1])", "redis.call('pexpire',KEYS[1],ARGV[2])")
"""The same, but it lasts for so many more milliseconds."""


@dataclass(frozen=True, slots=True)
class Ages:
    """Keys of the core: how old entries may be, in seconds."""

    storage_expiration_seconds: int | None = setting(
        "STORAGE_EXPIRATION_SECONDS", 2_592_000, "See the core's.", low=0
    )
    result_storage_expiration_seconds: int | None = setting(
        "RESULT_STORAGE_EXPIRATION_SECONDS", 0, "See the core's.", low=0
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """A Redis, what stands in front of its names, and how long entries live there, in seconds."""

    server: Server
    prefix: str
    lifetime: float


class RedisStorage:
    """Keeps sources, keys and focal points in one Redis, results in the same or another one.

    An entry of more than `max_bytes` is not kept (0: no limit), nor is a larger one read.
    Sources and results expire in Redis; uploads, the block list, keys and focal points do not.
    """

    def __init__(
        self,
        sources: Shelf,
        results: Shelf,
        max_bytes: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sources = sources
        self._results = results
        self._max_bytes = max_bytes
        self._clock = clock
        self._started = clock()
        self._index = Index(results.prefix, round(results.lifetime * 1000), clock)

    async def get(self, key: Key) -> Stored | None:
        """The entry, or None. Raises `StorageError`.

        The time of writing is told by what is left of the entry's life; of one that lives for
        ever it is not known, and the start of the server is told (tc_redis 2.5: the same). A result
        is missing if it was written before one of its sources was purged.
        """
        shelf, name = self._place(key)
        last = self._max_bytes or -1  # one byte more than is taken tells that it is too large

        async def read(client: Any) -> list[Any]:
            all_at_once = client.pipeline(transaction=False)
            all_at_once.getrange(name, 0, last)
            for each in (name, *self._index.purged(key)):
                all_at_once.pttl(each)
            answers: list[Any] = await all_at_once.execute()
            return answers

        body, left, *purged = await shelf.server.run(read)
        if not body or (self._max_bytes and len(body) > self._max_bytes):
            return None
        now = self._clock()
        times = [_written(each, shelf.lifetime, now) for each in purged if each >= 0]
        if times and (left < 0 or _written(left, shelf.lifetime, now) < max(times)):
            return None
        written = self._started if left < 0 else _written(left, shelf.lifetime, now)
        return Stored(bytes(body), written)

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry, unless it is too large. Raises `StorageError`."""
        await self._set(key, body, 0.0)

    async def put_as_of(self, key: Key, stored: Stored) -> None:
        """The same for an entry that is as old as `stored` says. Raises `StorageError`."""
        await self._set(key, stored.body, max(0.0, self._clock() - stored.modified))

    async def delete(self, key: Key) -> None:
        """Forget the entry. Raises `StorageError`."""
        shelf, name = self._place(key)
        await shelf.server.run(_deletion(name))

    async def purge(self, source: str) -> int:
        """Forget the source, its focal points and what was made of it. Raises `StorageError`.

        Results that are not known to be of it, as those of tc_redis, stay and are missing.
        """
        results = self._results.server
        await results.run(partial(self._index.begin_purge, source))
        removed = await self._sources.server.run(partial(self._purge_own, source))
        while (some := await results.run(partial(self._index.purge_some, source))) is not None:
            removed += some
        return removed

    def stats(self) -> Sequence[Holding]:
        """What is there of sources, and of results. Raises `StorageError`."""
        from ._redis_stock import holdings  # noqa: PLC0415  (for the command line alone)

        return asyncio.run(holdings(self._places()))

    def prune(self, max_bytes: int | None = None) -> Sequence[tuple[Holding, Holding]]:
        """Remove notes of what is gone, and the least recently used beyond `max_bytes`.

        Sources only where a prefix tells them from what other programs keep. Redis itself removes
        what is too old. Raises `StorageError`.
        """
        from ._redis_stock import pruned  # noqa: PLC0415

        return asyncio.run(pruned(self._places(), max_bytes))

    async def acquire(self, key: Key, seconds: float) -> str | None:
        """Take the lock of a result for at most `seconds`; None if somebody else has it.

        Raises `StorageError`.
        """
        shelf, token = self._results, secrets.token_hex(16)
        name, ends = lock_of(key, shelf.prefix), _milliseconds(seconds)

        async def lock(client: Any) -> Any:
            return await client.set(name, token, nx=True, px=ends)

        return token if await shelf.server.run(lock) else None

    async def extend(self, key: Key, token: str, seconds: float) -> bool:
        """Hold the lock for so long from now on; False if it is not ours. Raises `StorageError`."""
        name = lock_of(key, self._results.prefix)

        async def prolong(client: Any) -> Any:
            return await client.eval(_EXTEND, 1, name, token, _milliseconds(seconds))

        return bool(await self._results.server.run(prolong))

    async def release(self, key: Key, token: str) -> None:
        """Give the lock back, if it still is ours. Raises `StorageError`."""
        name = lock_of(key, self._results.prefix)

        async def unlock(client: Any) -> Any:
            return await client.eval(_RELEASE, 1, name, token)

        await self._results.server.run(unlock)

    async def close(self) -> None:
        """Close the connections."""
        await self._sources.server.close()
        await self._results.server.close()

    async def _set(self, key: Key, body: bytes, age: float) -> None:
        shelf, name = self._place(key)
        left = None if _is_lasting(key) else shelf.lifetime - age
        small = not self._max_bytes or len(body) <= self._max_bytes
        if not body or not small or (left is not None and left <= 0):
            await shelf.server.run(_deletion(name))
            return
        ends = None if left is None else _milliseconds(left)

        async def write(client: Any) -> Any:
            if ends and key.made_of:
                return await self._index.write(client, key, name, body, ends)
            return await client.set(name, body, px=ends)

        if not await shelf.server.run(write):
            raise StorageError("Redis has not kept the entry")

    async def _purge_own(self, source: str, client: Any) -> int:
        kinds = (Kind.SOURCE, Kind.FOCAL_POINTS)
        return await removed_of(
            client, [name_of(Key(kind, source), self._sources.prefix) for kind in kinds]
        )

    def _place(self, key: Key) -> tuple[Shelf, bytes]:
        shelf = self._results if key.kind is Kind.RESULT else self._sources
        return shelf, name_of(key, shelf.prefix)

    def _places(self) -> Sequence[Place]:
        from ._redis_stock import Place  # noqa: PLC0415  (for the command line alone)

        others = tuple(kind for kind in Kind if kind is not Kind.RESULT)
        shelves = (
            ("redis: sources", self._sources, others),
            ("redis: results", self._results, (Kind.RESULT,)),
        )
        return [
            Place(name, shelf.server, shelf.prefix, kinds, partial(self._written_on, shelf))
            for name, shelf, kinds in shelves
        ]

    def _written_on(self, shelf: Shelf, left: int) -> float:
        return _written(left, shelf.lifetime, self._clock())


def _written(left: int, lifetime: float, now: float) -> float:
    """When what has `left` milliseconds to live was written.

    What lives longer than entries do now was written when they lived for ever.
    """
    seconds = left / 1000
    return now + seconds - (lifetime if seconds <= lifetime else NEVER)


def _is_lasting(key: Key) -> bool:
    if key.kind is Kind.SOURCE:
        return bool(_LASTING.fullmatch(key.name))
    return key.kind is not Kind.RESULT


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _deletion(name: bytes) -> Callable[[Any], Awaitable[Any]]:
    async def delete(client: Any) -> Any:
        return await client.delete(name)

    return delete


def create(env: Environment) -> RedisStorage:
    """The storage under its configured servers. Raises `ConfigurationError`."""
    if importlib.util.find_spec("redis") is None:
        raise ModuleNotFoundError("redis is not installed", name="redis")
    from ._redis_client import server_of  # noqa: PLC0415  (see above)

    settings, ages = env.section(SETTINGS), env.section(Ages)
    here, there = of_sources(settings), of_results(settings)
    server = server_of(here, settings)
    prefix = settings.redis_result_storage_key_prefix
    return RedisStorage(
        Shelf(
            server,
            settings.redis_storage_key_prefix,
            float(ages.storage_expiration_seconds or NEVER),
        ),
        Shelf(
            server if here == there else server_of(there, settings),
            settings.redis_storage_key_prefix if prefix is None else prefix,
            float(ages.result_storage_expiration_seconds or NEVER),
        ),
        settings.redis_max_object_bytes,
    )
