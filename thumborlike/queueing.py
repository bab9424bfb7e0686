"""Who is next: mostly the least work, every fourth time whoever has waited longest. Pure."""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from .records import dataclass

T = TypeVar("T")

TURNS_OF_THE_OLDEST = 4
"""Every so many turns the oldest is next, so that large work is slowed down but never starves."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What some work is expected to take: seconds of a worker, and bytes of memory meanwhile.

    `waiting`: bytes that it holds already while it waits.
    """

    seconds: float = 0.0
    memory: int = 0
    waiting: int = 0


class FairQueue(Generic[T]):
    """Items with costs, which count as equal up to a factor of two: then first come, first served.

    Not for several threads.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, tuple[T, Cost]] = OrderedDict()
        self._by_cost: list[tuple[int, int]] = []
        self._numbers: dict[int, int] = {}
        self._last = 0
        self._turn = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def bytes(self) -> int:
        """What all that waits holds."""
        return self._bytes

    def put(self, item: T, cost: Cost) -> None:
        """At the end, so far as time counts."""
        self._last += 1
        self._waiting[self._last] = item, cost
        self._numbers[id(item)] = self._last
        self._bytes += cost.waiting
        heapq.heappush(self._by_cost, (math.frexp(cost.seconds)[1], self._last))

    def remove(self, item: T) -> None:
        """Somebody has stopped waiting. KeyError if it is not in the queue."""
        self._take(self._numbers[id(item)])

    def take(self, fits: Callable[[Cost], bool]) -> tuple[T, Cost] | None:
        """The next one that may start now, or None.

        Where the one whose turn it is does not fit, the other may go; but when it is the turn
        of the oldest for the second time, all wait until it fits.
        """
        if not self._waiting:
            return None
        oldest, shortest = next(iter(self._waiting)), self._shortest()
        due, overdue = TURNS_OF_THE_OLDEST - 1, 2 * TURNS_OF_THE_OLDEST - 1
        order = (oldest, shortest) if self._turn >= due else (shortest, oldest)
        for number in order[:1] if self._turn >= overdue else order:
            if fits(self._waiting[number][1]):
                self._turn = 0 if number == oldest else self._turn + 1
                return self._take(number)
        return None

    def _shortest(self) -> int:
        while self._by_cost[0][1] not in self._waiting:
            heapq.heappop(self._by_cost)
        return self._by_cost[0][1]

    def _take(self, number: int) -> tuple[T, Cost]:
        item, cost = self._waiting.pop(number)
        del self._numbers[id(item)]
        self._bytes -= cost.waiting
        if len(self._by_cost) > 64 + 2 * len(self._waiting):
            self._by_cost = [each for each in self._by_cost if each[1] in self._waiting]
            heapq.heapify(self._by_cost)
        return item, cost
