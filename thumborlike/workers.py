"""Where pixels are worked on: a bounded queue in front of a few threads, with deadlines.

Pillow releases the interpreter lock in its codecs and in resizing, so threads use all cores
while the event loop stays free. A thread cannot be killed: work that passes its deadline is
answered for, but keeps its place until it ends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from .errors import Overloaded, ProcessingTimeout, ShuttingDown

T = TypeVar("T")


class Workers:
    """Runs functions in `threads` threads, first come first served.

    At most `queue_size` calls wait; one more raises `Overloaded` at once, as does one that has
    waited `queue_timeout` seconds. A call that runs longer than `deadline` seconds raises
    `ProcessingTimeout`. 0 switches a limit off.
    """

    def __init__(
        self, threads: int, *, queue_size: int, queue_timeout: float, deadline: float
    ) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="pixels")
        self._free = threads
        self._queue: deque[asyncio.Future[None]] = deque()
        self._queue_size = queue_size
        self._queue_timeout = queue_timeout or None
        self._deadline = deadline or None
        self._closed = False

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call it in a worker and give back what it returns or raises."""
        if self._closed:
            raise ShuttingDown("the server is shutting down")
        await self._enter()
        try:
            work = asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
        except BaseException:
            self._leave()
            raise
        work.add_done_callback(self._finished)
        done, _ = await asyncio.wait({work}, timeout=self._deadline)
        if not done:
            raise ProcessingTimeout("the picture took too long to make")
        return work.result()

    def close(self) -> None:
        """Take no more work; what runs may end."""
        self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _enter(self) -> None:
        if self._free:
            self._free -= 1
            return
        if self._queue_size and len(self._queue) >= self._queue_size:
            raise Overloaded("too many pictures are waiting, try again")
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await asyncio.wait({turn}, timeout=self._queue_timeout)
        except asyncio.CancelledError:
            self._give_up(turn)
            raise
        if not turn.done():
            self._give_up(turn)
            raise Overloaded("the picture waited too long for a free worker, try again")

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        """Leave the queue; a turn that has come meanwhile goes to the next in line."""
        if turn.done():
            self._leave()
        else:
            self._queue.remove(turn)

    def _finished(self, work: asyncio.Future[Any]) -> None:
        if not work.cancelled():
            work.exception()  # seen, even if nobody waits for it any more
        self._leave()

    def _leave(self) -> None:
        if self._queue:
            self._queue.popleft().set_result(None)
        else:
            self._free += 1
