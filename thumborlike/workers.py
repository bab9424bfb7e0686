"""A bounded queue in front of a few workers, with deadlines.

All hosts and clients have their share, in which small work goes before large work (`queueing`);
what is expected to run at the same time stays within a budget of memory. Who does the work is a
`crew`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from .crew import Crew
from .errors import Overloaded, ProcessingTimeout, ShuttingDown
from .interfaces import Metrics
from .measuring import gauge_of
from .queueing import Cost, FairQueue
from .records import dataclass
from .waiting import in_time, refuse

T = TypeVar("T")
Turn = asyncio.Future[None]
FREE = Cost()

PATIENCE = 0.3
"""Seconds for which work goes on after its client has left. Most of it ends by then, and its
worker lives on with all that is decoded there: pages that are scrolled leave many pictures."""


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
    """Has functions run by a crew, the least work first, without starving any.

    At most `queue_size` calls wait; if one more comes, the dearest raises `Overloaded` at once,
    as does one that has waited `queue_timeout` seconds. One that runs longer than `deadline`
    seconds raises `ProcessingTimeout`. 0 switches a limit off. What is larger than the budget
    runs alone.
    """

    def __init__(
        self,
        crew: Crew,
        *,
        queue_size: int,
        queue_timeout: float,
        deadline: float,
        budget: Budget | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._crew = crew
        self._running = 0
        self._memory = 0
        self._budget = budget or Budget()
        self._queue: FairQueue[Turn] = FairQueue()
        self._queue_size = queue_size
        self._queue_timeout = queue_timeout or None
        self._deadline = deadline or None
        self._metrics = metrics
        self._gauge = gauge_of(metrics)
        self._closed = False

    async def run(
        self,
        function: Callable[..., T],
        *arguments: Any,
        cost: Cost = FREE,
        on_start: Callable[[], None] | None = None,
    ) -> T:
        """Call it in a worker and give back what it returns or raises.

        `on_start` is called when it is no longer waiting.
        """
        if self._closed:
            raise ShuttingDown("the server is shutting down")
        await self._enter(cost)
        if on_start:
            on_start()
        try:
            work = self._crew.begin(function, *arguments, ended=partial(self._leave, cost))
        except BaseException:
            self._leave(cost)
            raise
        result: T = await self._in_time(work)
        return result

    async def _in_time(self, work: asyncio.Future[T]) -> T:
        """What it gives; it is abandoned if nobody waits any more, or for too long."""
        try:
            return await in_time(work, self._deadline, self._end_late)
        except asyncio.CancelledError:
            if not work.cancelled():
                work.exception()  # seen, though its client has just left
            self._crew.abandon(work, PATIENCE)
            raise

    def _end_late(self, work: asyncio.Future[Any]) -> None:
        refuse(work, ProcessingTimeout("the picture took too long to make"))
        self._crew.abandon(work)

    def close(self) -> None:
        """Take no more work; what runs may end."""
        self._closed = True
        self._crew.close()

    async def _enter(self, cost: Cost) -> None:
        if not len(self._queue) and self._may_start(cost):
            self._start(cost)
            return
        turn: Turn = asyncio.get_running_loop().create_future()
        self._queue.put(turn, cost)
        self._tell_queue()
        self._start_waiting()  # it may fit where those before it do not
        self._shed()
        try:
            await in_time(turn, self._queue_timeout, self._refuse_late)
        except asyncio.CancelledError:
            self._give_up(turn, cost)
            raise

    def _refuse_late(self, turn: Turn) -> None:
        self._queue.remove(turn)
        self._count("queue.refused.late")
        refuse(turn, Overloaded("the picture waited too long for a free worker, try again"))
        self._tell_queue()
        self._start_waiting()

    def _shed(self) -> None:
        """Refuse what costs most and came last, until the rest has room."""
        if not self._is_too_full():
            return
        while self._is_too_full():
            turn, _ = self._queue.shed()
            if not turn.done():
                self._count("queue.refused.full")
                refuse(turn, Overloaded("too many pictures are waiting, try again"))
        self._tell_queue()
        self._start_waiting()  # it may have been what all waited for

    def _is_too_full(self) -> bool:
        many = self._queue_size and len(self._queue) > self._queue_size
        most = self._budget.waiting
        return bool(many or (most and self._queue.bytes > most))

    def _give_up(self, turn: Turn, cost: Cost) -> None:
        """Leave the queue; a turn that has come meanwhile goes to the next in line."""
        if not turn.cancelled():
            if not turn.exception():
                self._leave(cost)
            return
        with contextlib.suppress(KeyError):  # its turn may have come after it was cancelled
            self._queue.remove(turn)
        self._tell_queue()
        self._start_waiting()

    def _leave(self, cost: Cost) -> None:
        self._running -= 1
        self._memory -= cost.memory
        self._gauge("workers.busy", self._running)
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._running < self._crew.size and (found := self._queue.take(self._may_start)):
            turn, cost = found
            self._tell_queue()
            if not turn.done():  # by a client that has just left
                self._start(cost)
                turn.set_result(None)

    def _start(self, cost: Cost) -> None:
        self._running += 1
        self._memory += cost.memory
        self._gauge("workers.busy", self._running)

    def _tell_queue(self) -> None:
        self._gauge("queue.depth", len(self._queue))
        self._gauge("queue.bytes", self._queue.bytes)

    def _count(self, name: str) -> None:
        if self._metrics:
            self._metrics.incr(name)

    def _may_start(self, cost: Cost) -> bool:
        """Whether a worker is free and the memory suffices, without the cache if need be."""
        if self._running >= self._crew.size:
            return False
        budget, wanted = self._budget, self._memory + cost.memory
        if not budget.memory or wanted + budget.cached() <= budget.memory:
            return True
        if budget.cached():
            budget.relieve()
        return not self._running or wanted <= budget.memory
