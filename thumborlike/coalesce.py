"""One piece of work for equal requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from .waiting import in_time, refuse

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Give = Callable[[V], None]
Work = Callable[[Give[V]], Awaitable[None]]

log = logging.getLogger(__name__)


class _Flight(Generic[V]):
    """One running piece of work and those who wait for its answer."""

    __slots__ = ("answer", "task", "waiting")

    def __init__(self) -> None:
        self.answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self.waiting: set[asyncio.Future[V]] = set()
        self.task: asyncio.Task[None] | None = None

    def wait(self) -> asyncio.Future[V]:
        """The answer as a future of the caller's own, which may be cancelled."""
        if self.answer.done():
            return self.answer
        mine: asyncio.Future[V] = self.answer.get_loop().create_future()
        self.waiting.add(mine)
        return mine

    def give(self, value: V) -> None:
        """Tell all who wait; the first answer counts."""
        if not self.answer.done():
            self.answer.set_result(value)
            for each in self._unanswered():
                each.set_result(value)

    def fail(self, error: Exception) -> None:
        """Raise it for all who wait."""
        for each in (self.answer, *self._unanswered()):
            refuse(each, error)

    def end(self) -> None:
        """Cancel all who wait, if there is no answer."""
        if not self.answer.done():
            self.answer.cancel()
            for each in self._unanswered():
                each.cancel()

    def _unanswered(self) -> list[asyncio.Future[V]]:
        return [each for each in self.waiting if not each.done()]


class SingleFlight(Generic[K, V]):
    """Runs work once per key, however many ask.

    The work calls `give(value)` as soon as its answer is known: everybody who waits goes on at
    once, and the flight stays open for late ones until the work itself ends (storing, say).
    A waiter that leaves cancels nothing, unless it was the last and no answer is out yet.
    A failure is shared by all who wait; what fails after the answer is only logged.
    """

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._flights)

    async def run(self, key: K, work: Work[V], patience: float | None = None) -> V:
        """The answer of the work for `key`; raises what the work raised.

        Raises TimeoutError after `patience` seconds without an answer; None waits for ever.
        """
        flight = self._flights.get(key) or self._start(key, work)
        answer = flight.wait()
        try:
            return await in_time(answer, patience, _run_out)
        finally:
            flight.waiting.discard(answer)
            if not flight.waiting and not flight.answer.done():
                self._abandon(key, flight)

    async def landed(self) -> None:
        """Wait until every flight that is open now has ended."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def let_go(self, chosen: Callable[[K], bool]) -> None:
        """Have those who ask from now on not join the flights of these keys."""
        for key in [each for each in self._flights if chosen(each)]:
            del self._flights[key]

    async def landing(self, key: K) -> None:
        """Wait until the flight of this key, if there is one, has ended."""
        flight = self._flights.get(key)
        if flight and flight.task:
            await asyncio.wait([flight.task])

    def _start(self, key: K, work: Work[V]) -> _Flight[V]:
        flight: _Flight[V] = _Flight()
        self._flights[key] = flight
        flight.task = task = asyncio.create_task(self._fly(key, flight, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return flight

    async def _fly(self, key: K, flight: _Flight[V], work: Work[V]) -> None:
        try:
            await work(flight.give)
        except Exception as error:
            if flight.answer.done():
                log.exception("work failed after its answer was given")
            else:
                flight.fail(error)
        finally:
            self._forget(key, flight)
            flight.end()

    def _abandon(self, key: K, flight: _Flight[V]) -> None:
        self._forget(key, flight)
        flight.end()
        if flight.task:
            flight.task.cancel()

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


def _run_out(answer: asyncio.Future[V]) -> None:
    refuse(answer, TimeoutError())
