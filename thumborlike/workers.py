"""Where pixels are worked on: a bounded queue in front of a few threads, with deadlines.

Small work goes before large work, within bounds (`queueing`); what is expected to run at the same
time stays within a budget of memory.

Pillow releases the interpreter lock in its codecs and in resizing, so threads use all cores
while the event loop stays free. A thread cannot be killed: work that passes its deadline is
answered for, but keeps its place until it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from .errors import Overloaded, ProcessingTimeout, ShuttingDown
from .memory import keep_freed
from .queueing import Cost, FairQueue
from .records import dataclass

NICENESS = 10
"""By how much workers stand back behind the event loop, in the system's own measure."""

T = TypeVar("T")
Turn = asyncio.Future[None]
FREE = Cost()


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes that running work may take together, and that waiting work may hold; 0: no limit.

    `cached` tells what a cache takes of the former, `relieve` empties it.
    """

    memory: int = 0
    waiting: int = 0
    cached: Callable[[], int] = int
    relieve: Callable[[], object] = bool


class Workers:
    """Runs functions in `threads` threads, the least work first, without starving any.

    At most `queue_size` calls wait; one more raises `Overloaded` at once, as does one that has
    waited `queue_timeout` seconds. A call that runs longer than `deadline` seconds raises
    `ProcessingTimeout`. 0 switches a limit off. What is larger than the budget runs alone.
    """

    def __init__(
        self,
        threads: int,
        *,
        queue_size: int,
        queue_timeout: float,
        deadline: float,
        budget: Budget | None = None,
    ) -> None:
        self._executor = ThreadPoolExecutor(threads, "pixels", initializer=_begin)
        self._threads = threads
        self._running = 0
        self._memory = 0
        self._budget = budget or Budget()
        self._queue: FairQueue[Turn] = FairQueue()
        self._queue_size = queue_size
        self._queue_timeout = queue_timeout or None
        self._deadline = deadline or None
        self._closed = False

    async def run(self, function: Callable[..., T], *arguments: Any, cost: Cost = FREE) -> T:
        """Call it in a worker and give back what it returns or raises."""
        if self._closed:
            raise ShuttingDown("the server is shutting down")
        await self._enter(cost)
        try:
            work = asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
        except BaseException:
            self._leave(cost)
            raise
        work.add_done_callback(partial(self._finished, cost))
        done, _ = await asyncio.wait({work}, timeout=self._deadline)
        if not done:
            raise ProcessingTimeout("the picture took too long to make")
        return work.result()

    def close(self) -> None:
        """Take no more work; what runs may end."""
        self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _enter(self, cost: Cost) -> None:
        if not len(self._queue) and self._may_start(cost):
            self._start(cost)
            return
        self._check_room(cost)
        turn: Turn = asyncio.get_running_loop().create_future()
        self._queue.put(turn, cost)
        self._start_waiting()  # it may fit where those before it do not
        try:
            await asyncio.wait({turn}, timeout=self._queue_timeout)
        except asyncio.CancelledError:
            self._give_up(turn, cost)
            raise
        if not turn.done():
            self._give_up(turn, cost)
            raise Overloaded("the picture waited too long for a free worker, try again")

    def _check_room(self, cost: Cost) -> None:
        most = self._budget.waiting
        full = self._queue_size and len(self._queue) >= self._queue_size
        if full or (most and self._queue.bytes + cost.waiting > most):
            raise Overloaded("too many pictures are waiting, try again")

    def _give_up(self, turn: Turn, cost: Cost) -> None:
        """Leave the queue; a turn that has come meanwhile goes to the next in line."""
        if turn.done():
            self._leave(cost)
        else:
            self._queue.remove(turn)
            self._start_waiting()

    def _finished(self, cost: Cost, work: asyncio.Future[Any]) -> None:
        if not work.cancelled():
            work.exception()  # seen, even if nobody waits for it any more
        self._leave(cost)

    def _leave(self, cost: Cost) -> None:
        self._running -= 1
        self._memory -= cost.memory
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._running < self._threads and (found := self._queue.take(self._may_start)):
            turn, cost = found
            self._start(cost)
            turn.set_result(None)

    def _start(self, cost: Cost) -> None:
        self._running += 1
        self._memory += cost.memory

    def _may_start(self, cost: Cost) -> bool:
        """Whether a thread is free and the memory suffices, without the cache if need be."""
        if self._running >= self._threads:
            return False
        budget, wanted = self._budget, self._memory + cost.memory
        if not budget.memory or wanted + budget.cached() <= budget.memory:
            return True
        if budget.cached():
            budget.relieve()
        return not self._running or wanted <= budget.memory


def _begin() -> None:
    """What each thread does first."""
    keep_freed()
    _step_back()


def _step_back() -> None:
    """Let the event loop go first when the cores are busy. Linux has priorities by thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
