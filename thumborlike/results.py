"""When a stored result may be read, is fresh, and may be kept.

Results that are asked for again and again are answered from memory, their ETag with them: no
file is read and nothing is hashed. What has been read from the storage is believed for
`recheck` seconds, so that what another process replaced or removed is noticed then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

from .formats import sniff
from .http.validators import etag_of
from .interfaces import Key, Metrics, Stored
from .job import Job, Result
from .keeping import TolerantStorage
from .lru import Lru
from .records import dataclass, replace
from .stages import STORE
from .turns import Turns

Told = Callable[[Result], Mapping[str, str]]
META_TYPE = "application/json"
NO_TURN = nullcontext(False)
OVERHEAD = 1024
"""Bytes that a result in memory takes besides its name and its body, roughly."""


@dataclass(frozen=True, slots=True)
class _Hot:
    """A result in memory, and when it was last read from the storage."""

    result: Result
    read: float


class Results:
    """Results of earlier requests. `storage` is None where RESULT_STORAGE is not set.

    `expires_after` in seconds by time of writing; 0 or None for never (Thumbor 7.8:
    RESULT_STORAGE_EXPIRATION_SECONDS). `cache_bytes`: what is kept in memory, 0 for nothing;
    `recheck`: seconds for which it is believed. `turns`: for servers that share the storage.
    Seconds after expiry: `stale_for`, in which a result is had by `expired`, and `renewed_for`, in
    which it is found, as a stale one.
    """

    def __init__(
        self,
        storage: TolerantStorage | None,
        expires_after: float | None,
        metrics: Metrics,
        clock: Callable[[], float],
        *,
        cache_bytes: int = 0,
        recheck: float = 0.0,
        turns: Turns | None = None,
        stale_for: float = 0.0,
        renewed_for: float = 0.0,
    ) -> None:
        self._storage = storage
        self._expires_after = expires_after
        self._metrics = metrics
        self._clock = clock
        self._hot: Lru[Key, _Hot] = Lru(cache_bytes if recheck > 0 else 0)
        self._recheck = recheck
        self._turns = turns
        self._stale_for = stale_for
        self._renewed_for = renewed_for

    def at_once(self, job: Job) -> Result | None:
        """The result if it is in memory and still believed; waits for nothing."""
        hot = self._hot.get(job.result_key) if job.keep else None
        if hot is None or not self._is_believed(hot):
            return None
        self._metrics.incr("result_storage.hit")
        self._metrics.incr("result_cache.hit")
        return hot.result

    async def find(self, job: Job, told: Told | None = None) -> Result | None:
        """The stored result with its ETag, or None if it is not there, too old, or damaged.

        A stale one is to be made anew behind the answer. `told`: headers for a result that the
        client may fetch from the storage by itself; without it the result has its bytes.
        """
        if not self._storage or not job.keep:
            return None
        if found := self.at_once(job):
            return found
        if told and not job.meta and (found := await self._elsewhere(self._storage, job, told)):
            return found
        begun = time.perf_counter()
        stored = await self._storage.get(job.result_key)
        milliseconds = (time.perf_counter() - begun) * 1000
        self._metrics.timing("result_storage.incoming_time", milliseconds)
        media_type = _media_type(job, stored.body) if stored else None
        if not stored or not media_type or self._is_old(stored.modified, self._renewed_for):
            self._hot.drop(job.result_key)
            self._metrics.incr("result_storage.miss")
            return None
        if self._is_old(stored.modified):
            return self._stale(stored, media_type)
        self._metrics.incr("result_storage.hit")
        self._metrics.incr("result_storage.bytes_read", len(stored.body))
        return self._remembered(job.result_key, stored, media_type)

    async def _elsewhere(self, storage: TolerantStorage, job: Job, told: Told) -> Result | None:
        """A fresh one that the client is to fetch by itself."""
        seen = await storage.look(job.result_key)
        if not seen or self._is_old(seen.modified):
            return None
        result = Result(b"", seen.media_type, modified=seen.modified)
        address = await storage.address(job.result_key, told(result))
        if address is None:
            return None
        self._metrics.incr("result_storage.hit")
        self._metrics.incr("result_storage.redirect")
        return replace(result, elsewhere=address)

    async def expired(self, job: Job) -> Result | None:
        """The stored result, stale, for one that cannot be made anew; None: none, or too old."""
        if not self._storage or not job.keep or not self._stale_for:
            return None
        stored = await self._storage.get(job.result_key)
        media_type = _media_type(job, stored.body) if stored else None
        if not stored or not media_type or self._is_old(stored.modified, self._stale_for):
            return None
        return self._stale(stored, media_type)

    def turn(self, job: Job) -> AbstractAsyncContextManager[bool]:
        """While a result is made: with `turns`, by one server alone.

        Gives True if another one had the turn before and may have stored the result.
        """
        return self._turns.of(job.result_key) if self._turns and job.keep else NO_TURN

    async def keep(self, job: Job, result: Result) -> None:
        """Store a new result, unless it is temporary, came from the storage or must not be."""
        passing = result.temporary or result.stale or result.modified is not None
        if not self._storage or not job.keep or passing:
            return
        self._metrics.incr("result_storage.bytes_written", len(result.body))
        begun = time.perf_counter()
        await self._storage.put(job.result_key, result.body)
        milliseconds = (time.perf_counter() - begun) * 1000
        self._metrics.timing(f"stage.{STORE}", milliseconds)
        self._metrics.timing("result_storage.outgoing_time", milliseconds)
        self._hot.drop(job.result_key)

    async def drop(self, job: Job) -> None:
        """Take back what `keep` has stored."""
        if self._storage and job.keep:
            await self._storage.delete(job.result_key)
            self._hot.drop(job.result_key)

    def forget(self, source: str) -> None:
        """Drop from memory what was made of a source."""
        self._hot.drop_if(lambda key: source in key.made_of)

    def _remembered(self, key: Key, stored: Stored, media_type: str) -> Result:
        """The result, kept in memory: it was asked for at least twice."""
        known = self._hot.get(key)
        if known and known.result.body == stored.body:
            body, etag = known.result.body, known.result.etag
        else:
            body, etag = stored.body, etag_of(stored.body)
        result = Result(body, media_type, modified=stored.modified, etag=etag)
        self._hot.put(key, _Hot(result, self._clock()), OVERHEAD + len(key.name) + len(body))
        return result

    def _is_believed(self, hot: _Hot) -> bool:
        """Not read too long ago, not in the future (a clock was set back), and not expired."""
        since = self._clock() - hot.read
        modified = hot.result.modified
        return 0 <= since < self._recheck and not (modified is not None and self._is_old(modified))

    def _stale(self, stored: Stored, media_type: str) -> Result:
        """Not kept in memory: what is asked for next may be newer."""
        self._metrics.incr("result.stale")
        return Result(stored.body, media_type, modified=stored.modified, stale=True)

    def _is_old(self, modified: float, grace: float = 0.0) -> bool:
        limit = float(self._expires_after or 0)
        return bool(limit) and self._clock() - modified > limit + grace


def _media_type(job: Job, body: bytes) -> str | None:
    """The type of a stored body; None if it cannot be this job's result.

    Thumbor 7.8 keeps JSONP answers of `meta` under the same name, so they are told apart here.
    """
    if job.meta:
        return META_TYPE if body.startswith(b"{") else None
    found = sniff(body)
    return found.media_type if found else None
