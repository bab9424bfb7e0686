"""A storage that never fails its caller: trouble costs speed, not answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from .causes import why
from .errors import StorageError
from .interfaces import (
    Address,
    AnswersAtOnce,
    Key,
    Metrics,
    Redirects,
    Seen,
    Storage,
    Stored,
)
from .outages import Outage

T = TypeVar("T")


class TolerantStorage:
    """Wraps a storage: what fails or is late counts as a miss, or is not kept.

    `timeout` bounds one operation, in seconds (0 = no limit).
    """

    def __init__(
        self,
        storage: Storage,
        timeout: float,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._redirects = storage if isinstance(storage, Redirects) else None
        at_once = isinstance(storage, AnswersAtOnce) and storage.answers_at_once
        self._timeout = None if at_once else timeout or None
        self._clock = clock
        self._reads, self._writes, self._deletes = (
            Outage(action, metrics, clock) for action in ("read", "write", "delete")
        )

    async def get(self, key: Key) -> Stored | None:
        """The entry; None if there is none, or the storage fails. Empty entries do not count."""
        stored = await self._try(self._reads, lambda: self._storage.get(key))
        return stored if stored and stored.body else None

    async def look(self, key: Key) -> Seen | None:
        """The entry, if clients are to fetch it from the storage by themselves."""
        redirects = self._redirects
        return await self._try(self._reads, lambda: redirects.look(key)) if redirects else None

    async def address(self, key: Key, headers: Mapping[str, str]) -> Address | None:
        """Where they are to fetch it."""
        redirects = self._redirects
        if redirects is None:
            return None
        return await self._try(self._reads, lambda: redirects.address(key, headers))

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry if the storage can."""
        await self._try(self._writes, lambda: self._storage.put(key, body))

    async def delete(self, key: Key) -> None:
        """Forget the entry if the storage can."""
        await self._try(self._deletes, lambda: self._storage.delete(key))

    async def _try(self, outage: Outage, operation: Callable[[], Awaitable[T]]) -> T | None:
        """What the operation gives; None if it fails, is late, or is not worth trying now."""
        if not outage.lets_through():
            return None
        begun = self._clock()
        try:
            result = await self._in_time(operation())
        except (StorageError, asyncio.TimeoutError) as error:
            cause = why(error) if isinstance(error, StorageError) else ""
            reason = (str(error) or "no answer in time") + (f" ({cause})" if cause else "")
            late = isinstance(error, asyncio.TimeoutError) or self._is_late(self._clock() - begun)
            outage.failed(reason, late=late)
            return None
        outage.worked()
        return result

    def _is_late(self, seconds: float) -> bool:
        """Errors that come after most of the time has passed are no better than none."""
        return self._timeout is not None and seconds >= self._timeout / 2

    async def _in_time(self, operation: Awaitable[T]) -> T:
        if self._timeout is None:
            return await operation
        return await asyncio.wait_for(operation, self._timeout)
