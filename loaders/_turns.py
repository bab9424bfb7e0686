"""How many fetches run at once: in all, and per host.

The limit per host is what keeps a stalled source from starving the others: it can never hold
more than its own share. Waiting ends with the fetch's own deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Queue:
    free: asyncio.Semaphore
    users: int = 0


class Turns:
    """Hands out turns. A limit of 0 is none."""

    def __init__(self, total: int, per_host: int) -> None:
        self._per_host = per_host
        self._all = asyncio.Semaphore(total) if total else None
        self._hosts: dict[str, _Queue] = {}

    @asynccontextmanager
    async def turn(self, host: str, timeout: float | None) -> AsyncIterator[None]:
        """One turn for `host`. Raises asyncio.TimeoutError when none came free in time."""
        queue = self._hosts.setdefault(host, _Queue(asyncio.Semaphore(self._per_host or 1)))
        wanted = [queue.free] if self._per_host else []
        wanted += [self._all] if self._all else []
        held: list[asyncio.Semaphore] = []
        queue.users += 1
        try:
            await _acquire(wanted, held, timeout)
            yield
        finally:
            for semaphore in held:
                semaphore.release()
            queue.users -= 1
            if not queue.users:
                self._hosts.pop(host, None)


async def _acquire(
    wanted: list[asyncio.Semaphore], held: list[asyncio.Semaphore], timeout: float | None
) -> None:
    ends = None if timeout is None else asyncio.get_running_loop().time() + timeout
    for semaphore in wanted:
        if semaphore.locked():
            left = None if ends is None else ends - asyncio.get_running_loop().time()
            await asyncio.wait_for(semaphore.acquire(), left)
        else:
            await semaphore.acquire()
        held.append(semaphore)
