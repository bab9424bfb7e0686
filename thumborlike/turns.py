"""One job on several servers: who gets the lock makes the result, the others wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from .errors import ConfigurationError, StorageError
from .interfaces import Key, Locks, Metrics
from .settings.serving import StorageSettings

T = TypeVar("T")

FIRST_LOOK, LOOKS, GROWTH = 0.02, 0.25, 1.5
"""Seconds until a waiter first looks for the lock again, at most between two looks; and how the
time between them grows."""
LAPSE = 2.0
"""Seconds for which a lock is had. Its holder extends it in time; one that died, or got it
without learning of it, does not hold up the others for long."""

log = logging.getLogger(__name__)


class Turns:
    """Hands out turns by the locks of a storage.

    `seconds`: how long one waits for another server. `timeout`: of one operation, in seconds;
    None for no limit. Locks that cannot be had for any reason cost nothing but work that is done
    twice.
    """

    def __init__(
        self, locks: Locks, seconds: float, metrics: Metrics, timeout: float | None
    ) -> None:
        self._locks = locks
        self._seconds = seconds
        self._lapse = min(seconds, LAPSE)
        self._metrics = metrics
        self._timeout = timeout

    @asynccontextmanager
    async def of(self, key: Key) -> AsyncIterator[bool]:
        """While the result is made and stored: nobody else does.

        Gives True after a wait: the result may be there then.
        """
        token, waited = await self._wait(key)
        if not token:
            yield waited
            return
        holding = asyncio.ensure_future(self._hold(key, token))
        try:
            yield waited
        finally:
            holding.cancel()
            await self._release(key, token)

    async def _wait(self, key: Key) -> tuple[str, bool]:
        """The token of the lock, empty if it cannot be had; and whether somebody else had it."""
        clock = asyncio.get_running_loop().time
        ends, pause, waited = clock() + self._seconds, FIRST_LOOK, False
        try:
            while (token := await self._in_time(self._locks.acquire(key, self._lapse))) is None:
                if clock() >= ends:
                    self._metrics.incr("result_lock.gave_up")
                    return "", True
                waited = True
                await asyncio.sleep(min(pause, max(0.0, ends - clock())))
                pause = min(LOOKS, pause * GROWTH)
        except (StorageError, asyncio.TimeoutError) as error:
            log.warning("no lock on a result: %s", error or "no answer in time")
            self._metrics.incr("result_lock.error")
            return "", waited
        if waited:
            self._metrics.incr("result_lock.waited")
        return token, waited

    async def _hold(self, key: Key, token: str) -> None:
        """Until it is cancelled, or the lock is lost."""
        held = True
        while held:
            await asyncio.sleep(self._lapse / 3)
            with suppress(StorageError, asyncio.TimeoutError):  # perhaps the next time
                held = await self._in_time(self._locks.extend(key, token, self._lapse))

    async def _release(self, key: Key, token: str) -> None:
        with suppress(StorageError, asyncio.TimeoutError):  # it expires
            await self._in_time(self._locks.release(key, token))

    async def _in_time(self, operation: Awaitable[T]) -> T:
        return await asyncio.wait_for(operation, self._timeout)


def turns_of(settings: StorageSettings, storage: object, metrics: Metrics) -> Turns | None:
    """What RESULT_LOCKS asks for. Raises `ConfigurationError` if the storage has no locks."""
    if not settings.result_locks:
        return None
    if not isinstance(storage, Locks):
        raise ConfigurationError("RESULT_LOCKS needs a RESULT_STORAGE that has locks, as `redis`")
    timeout = settings.storage_timeout_seconds or None
    return Turns(storage, settings.result_lock_seconds, metrics, timeout)
