"""Writes that are done later: bounded in bytes, in order for each entry, done before the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from thumborlike.errors import StorageError
from thumborlike.interfaces import Key

AT_ONCE = 4
"""Writes that are under way at once."""

log = logging.getLogger(__name__)


class Behind:
    """Entries that wait to be written by `write(key, body)`, at most `max_bytes` of them.

    A newer entry of the same name takes the place of the waiting one. Lives on the event loop.
    """

    def __init__(self, write: Callable[[Key, bytes], Awaitable[None]], max_bytes: int) -> None:
        self._write = write
        self._max_bytes = max_bytes
        self._waiting: dict[Key, bytes] = {}
        self._bytes = 0
        self._busy: dict[Key, asyncio.Task[None]] = {}

    def get(self, key: Key) -> bytes | None:
        """The body that waits to be written, if there is one."""
        return self._waiting.get(key)

    def put(self, key: Key, body: bytes) -> bool:
        """Write it later; False if there is no room, or it has to be written in order now."""
        waiting = self._waiting.get(key, b"")
        if self._bytes - len(waiting) + len(body) > self._max_bytes:
            return False
        self._take(key)
        self._waiting[key] = body
        self._bytes += len(body)
        self._start()
        return True

    async def drop(self, key: Key) -> None:
        """Do not write it; what is under way has ended then."""
        self._take(key)
        if task := self._busy.get(key):
            await asyncio.wait([task])

    async def drop_of(self, source: str) -> None:
        """The same for the source and all that was made of it."""
        for key in [*self._waiting, *self._busy]:
            if source == key.name or source in key.made_of:
                await self.drop(key)

    async def flush(self, seconds: float) -> None:
        """Write all that waits, for at most `seconds`; tells in the log of what is lost."""
        ends = asyncio.get_running_loop().time() + seconds
        while tasks := set(self._busy.values()):
            left = ends - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        lost = len(self._waiting)
        self._waiting.clear()
        for task in self._busy.values():
            task.cancel()
        self._bytes = 0
        if lost:
            log.error("storage: %d entries were not written in time", lost)

    def _take(self, key: Key) -> bytes | None:
        body = self._waiting.pop(key, None)
        self._bytes -= len(body or b"")
        return body

    def _start(self) -> None:
        """Begin what may begin: never two writes of one entry."""
        for key in list(self._waiting):
            if len(self._busy) >= AT_ONCE:
                return
            if key not in self._busy:
                self._busy[key] = asyncio.ensure_future(self._run(key, self._waiting[key]))

    async def _run(self, key: Key, body: bytes) -> None:
        """Write it; until then it is found among what waits."""
        try:
            await self._write(key, body)
        except StorageError as error:
            log.error("storage: cannot write a %s behind: %s", key.kind.value, error)
        finally:
            if self._waiting.get(key) is body:
                self._take(key)
            del self._busy[key]
            self._start()
