"""Who does the work that `Workers` hands out: threads of this process, or processes of their own.

Pillow releases the interpreter lock in its codecs and in resizing, so threads use all cores
while the event loop stays free. But a thread cannot be ended: work that passes its deadline is
answered for and keeps its place until it ends. Processes can: see `isolation`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

from .priority import step_back

Function = Callable[..., Any]
Ended = Callable[[], None]


class Crew(Protocol):
    """Does as much at once as `size` says; asked for more, it may make the rest wait."""

    size: int

    def begin(
        self, function: Function, *arguments: Any, ended: Ended | None = None
    ) -> asyncio.Future[Any]:
        """Have it called by a worker; `ended` is called when that can take other work.

        Cancelling the future ends nothing: `abandon` does.
        """
        ...

    def abandon(self, work: asyncio.Future[Any], patience: float = 0.0) -> None:
        """Nobody waits for this work: end it after so many seconds, if that can be done."""
        ...

    def close(self) -> None:
        """Begin nothing more; what runs may end."""
        ...


class Threads:
    """Threads, as many as `size` says."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._executor = ThreadPoolExecutor(size, "pixels", initializer=step_back)

    def begin(
        self, function: Function, *arguments: Any, ended: Ended | None = None
    ) -> asyncio.Future[Any]:
        """Have it called in a thread."""
        loop = asyncio.get_running_loop()
        work: asyncio.Future[Any] = loop.create_future()
        running = loop.run_in_executor(self._executor, function, *arguments)
        running.add_done_callback(partial(_tell, work, ended))
        return work

    def abandon(self, work: asyncio.Future[Any], patience: float = 0.0) -> None:
        """Nothing can be done about a thread."""

    def close(self) -> None:
        """Begin nothing more; what runs may end."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class ThreadsAtBench(Threads):
    """Threads that call functions of a bench, which they share: it is their first argument."""

    def __init__(self, size: int, bench: object) -> None:
        super().__init__(size)
        self._bench = bench

    def begin(
        self, function: Function, *arguments: Any, ended: Ended | None = None
    ) -> asyncio.Future[Any]:
        """Have it called in a thread, the bench first."""
        return super().begin(function, self._bench, *arguments, ended=ended)


def _tell(work: asyncio.Future[Any], ended: Ended | None, running: asyncio.Future[Any]) -> None:
    """What a thread has done, if anybody still waits for it."""
    if ended:
        ended()
    error = None if running.cancelled() else running.exception()
    if work.done():
        return
    if running.cancelled():
        work.cancel()
    elif error:
        work.set_exception(error)
    else:
        work.set_result(running.result())
