"""A storage that never fails its caller: trouble costs speed, not answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from .errors import StorageError
from .interfaces import AnswersAtOnce, Key, Metrics, Storage, Stored

T = TypeVar("T")

log = logging.getLogger(__name__)


class TolerantStorage:
    """Wraps a storage: what fails or is late counts as a miss, or is not kept.

    `timeout` bounds one operation, in seconds (0 = no limit).
    """

    def __init__(self, storage: Storage, timeout: float, metrics: Metrics) -> None:
        self._storage = storage
        self._timeout = None if isinstance(storage, AnswersAtOnce) else timeout or None
        self._metrics = metrics

    async def get(self, key: Key) -> Stored | None:
        """The entry; None if there is none, or the storage fails. Empty entries do not count."""
        try:
            stored = await self._in_time(self._storage.get(key))
        except (StorageError, asyncio.TimeoutError) as error:
            self._report("read", key, error)
            return None
        return stored if stored and stored.body else None

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry if the storage can."""
        try:
            await self._in_time(self._storage.put(key, body))
        except (StorageError, asyncio.TimeoutError) as error:
            self._report("write", key, error)

    async def delete(self, key: Key) -> None:
        """Forget the entry if the storage can."""
        try:
            await self._in_time(self._storage.delete(key))
        except (StorageError, asyncio.TimeoutError) as error:
            self._report("delete", key, error)

    async def _in_time(self, operation: Awaitable[T]) -> T:
        if self._timeout is None:
            return await operation
        return await asyncio.wait_for(operation, self._timeout)

    def _report(self, action: str, key: Key, error: BaseException) -> None:
        reason = str(error) or type(error).__name__
        log.error("storage: cannot %s a %s: %s", action, key.kind.value, reason)
        self._metrics.incr(f"storage.error.{action}")
