"""Whether requests should be sent to this server now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from .errors import StorageError
from .interfaces import Key, Storage

BELIEVED = 2.0
"""Seconds for which what a storage said holds: whoever asks more often asks no storage."""


class Readiness:
    """Workers have to be there. `storages` have to answer for this key within `timeout` seconds.

    `timeout` 0: no limit.
    """

    def __init__(
        self,
        workers: Callable[[], bool],
        storages: Mapping[Key, Storage],
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workers = workers
        self._storages = dict(storages)
        self._timeout = timeout or None
        self._clock = clock
        self._lacking = ""
        self._asked = -BELIEVED
        self._asking = asyncio.Lock()

    async def lacking(self) -> str:
        """What is not there, in words for who runs the server; empty if all is."""
        if not self._workers():
            return "no worker is there yet"
        if self._storages:
            async with self._asking:
                await self._ask()
        return self._lacking

    async def _ask(self) -> None:
        if 0 <= self._clock() - self._asked < BELIEVED:
            return
        found = await asyncio.gather(*map(self._fails, self._storages))
        self._lacking = ", ".join(each for each in found if each)
        self._asked = self._clock()

    async def _fails(self, key: Key) -> str:
        """What is missing is no failure: the storage has answered."""
        try:
            await asyncio.wait_for(self._storages[key].get(key), self._timeout)
        except (StorageError, asyncio.TimeoutError):
            return f"the storage of {key.kind.value}s does not answer"
        return ""
