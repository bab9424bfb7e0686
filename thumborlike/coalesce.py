"""One piece of work for equal requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Give = Callable[[V], None]
Work = Callable[[Give[V]], Awaitable[None]]

log = logging.getLogger(__name__)


class _Flight(Generic[V]):
    """One running piece of work and those who wait for its answer."""

    __slots__ = ("answer", "task", "waiting")

    def __init__(self, answer: asyncio.Future[V]) -> None:
        self.answer = answer
        self.waiting = 0
        self.task: asyncio.Task[None] | None = None


class SingleFlight(Generic[K, V]):
    """Runs work once per key, however many ask.

    The work calls `give(value)` as soon as its answer is known: everybody who waits goes on at
    once, and the flight stays open for late ones until the work itself ends (storing, say).
    A waiter that leaves cancels nothing, unless it was the last and no answer is out yet.
    A failure is shared by all who wait; what fails after the answer is only logged.
    """

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def run(self, key: K, work: Work[V], patience: float | None = None) -> V:
        """The answer of the work for `key`; raises what the work raised.

        Raises TimeoutError after `patience` seconds without an answer; None waits for ever.
        """
        flight = self._flights.get(key) or self._start(key, work)
        flight.waiting += 1
        try:
            # not wait_for: that makes a task of its own for every request
            done, _ = await asyncio.wait((flight.answer,), timeout=patience)
            if not done:
                raise TimeoutError
            return flight.answer.result()
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.answer.done():
                self._abandon(key, flight)

    async def landed(self) -> None:
        """Wait until every flight that is open now has ended."""
        tasks = [flight.task for flight in self._flights.values() if flight.task]
        if tasks:
            await asyncio.wait(tasks)

    def _start(self, key: K, work: Work[V]) -> _Flight[V]:
        flight: _Flight[V] = _Flight(asyncio.get_running_loop().create_future())
        self._flights[key] = flight
        flight.task = asyncio.create_task(self._fly(key, flight, work))
        return flight

    async def _fly(self, key: K, flight: _Flight[V], work: Work[V]) -> None:
        answer = flight.answer

        def give(value: V) -> None:
            if not answer.done():
                answer.set_result(value)

        try:
            await work(give)
        except Exception as error:
            if answer.done():
                log.exception("work failed after its answer was given")
            else:
                answer.set_exception(error)
        finally:
            self._forget(key, flight)
            if not answer.done():
                answer.cancel()

    def _abandon(self, key: K, flight: _Flight[V]) -> None:
        self._forget(key, flight)
        flight.answer.cancel()
        if flight.task:
            flight.task.cancel()

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
