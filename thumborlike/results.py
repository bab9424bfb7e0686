"""When a stored result may be read, is fresh, and may be kept."""

from __future__ import annotations

from collections.abc import Callable

from .imaging.formats import sniff
from .interfaces import Metrics
from .job import Job, Result
from .keeping import TolerantStorage

META_TYPE = "application/json"


class Results:
    """Results of earlier requests. `storage` is None where RESULT_STORAGE is not set.

    `expires_after` in seconds by time of writing; 0 or None for never (Thumbor 7.8:
    RESULT_STORAGE_EXPIRATION_SECONDS).
    """

    def __init__(
        self,
        storage: TolerantStorage | None,
        expires_after: float | None,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._expires_after = expires_after
        self._metrics = metrics
        self._clock = clock

    async def find(self, job: Job) -> Result | None:
        """The stored result, or None if it is not there, too old, or damaged."""
        if not self._storage or not job.keep:
            return None
        stored = await self._storage.get(job.result_key)
        media_type = _media_type(job, stored.body) if stored else None
        if not stored or not media_type or self._is_old(stored.modified):
            self._metrics.incr("result_storage.miss")
            return None
        self._metrics.incr("result_storage.hit")
        self._metrics.incr("result_storage.bytes_read", len(stored.body))
        return Result(stored.body, media_type, modified=stored.modified)

    async def keep(self, job: Job, result: Result) -> None:
        """Store a new result, unless it is temporary, came from the storage or must not be."""
        if not self._storage or not job.keep or result.temporary or result.modified is not None:
            return
        self._metrics.incr("result_storage.bytes_written", len(result.body))
        await self._storage.put(job.result_key, result.body)

    def _is_old(self, modified: float) -> bool:
        return bool(self._expires_after) and self._clock() - modified > float(
            self._expires_after or 0
        )


def _media_type(job: Job, body: bytes) -> str | None:
    """The type of a stored body; None if it cannot be this job's result.

    Thumbor 7.8 keeps JSONP answers of `meta` under the same name, so they are told apart here.
    """
    if job.meta:
        return META_TYPE if body.startswith(b"{") else None
    found = sniff(body)
    return found.media_type if found else None
