"""Who is next: whoever has had least, and of theirs mostly the least work. Pure.

Work belongs to a share: the host of its source, and the client. What a host or a client has been
given while others waited counts against it, so that nobody's flood delays others by more than a
turn; what comes from one host through one proxy is one share, in which small work goes first.
"""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from .records import dataclass

T = TypeVar("T")

TURNS_OF_THE_OLDEST = 4
"""Every so many turns of a share its oldest is next: large work is slowed down, never starved."""

PASSED_OVER = 2 * TURNS_OF_THE_OLDEST
"""How often others may go before the share whose turn it is, because its work does not fit."""


@dataclass(frozen=True, slots=True)
class Share:
    """Whose work it is: the host of the source, and the client's address. Empty: not known."""

    host: str = ""
    client: str = ""


NOBODY = Share()


@dataclass(frozen=True, slots=True)
class Cost:
    """What some work is expected to take: seconds of a worker, and bytes of memory meanwhile.

    `waiting`: bytes that it holds already while it waits.
    """

    seconds: float = 0.0
    memory: int = 0
    waiting: int = 0
    share: Share = NOBODY


Fits = Callable[[Cost], bool]


class _Line(Generic[T]):
    """What waits of one share. Costs count as equal up to a factor of two: first come then."""

    def __init__(self) -> None:
        self.waiting: OrderedDict[int, tuple[T, Cost]] = OrderedDict()
        self.passed = 0
        self._by_cost: list[tuple[int, int]] = []
        self._turn = 0

    def put(self, number: int, item: T, cost: Cost) -> None:
        self.waiting[number] = item, cost
        heapq.heappush(self._by_cost, (_class(cost), number))

    def choose(self, fits: Fits) -> int | None:
        """The number of the next one that may start now, or None.

        Where the one whose turn it is does not fit, the other may go; but when it is the turn
        of the oldest for the second time, all wait until it fits.
        """
        oldest, shortest = next(iter(self.waiting)), self._shortest()
        due, overdue = TURNS_OF_THE_OLDEST - 1, 2 * TURNS_OF_THE_OLDEST - 1
        order = (oldest, shortest) if self._turn >= due else (shortest, oldest)
        for number in order[:1] if self._turn >= overdue else order:
            if fits(self.waiting[number][1]):
                self._turn = 0 if number == oldest else self._turn + 1
                return number
        return None

    def dearest(self) -> int:
        """The newest of the dearest; not the oldest, whose turn will come, unless it is alone."""
        oldest = next(iter(self.waiting))
        return max(
            self.waiting,
            key=lambda number: (number != oldest, _class(self.waiting[number][1]), number),
        )

    def pop(self, number: int) -> tuple[T, Cost]:
        item, cost = self.waiting.pop(number)
        if len(self._by_cost) > 64 + 2 * len(self.waiting):
            self._by_cost = [each for each in self._by_cost if each[1] in self.waiting]
            heapq.heapify(self._by_cost)
        return item, cost

    def _shortest(self) -> int:
        while self._by_cost[0][1] not in self.waiting:
            heapq.heappop(self._by_cost)
        return self._by_cost[0][1]


class _Accounts:
    """What each host (or client) that has work waiting was given, and what it still asks for."""

    def __init__(self) -> None:
        self._given: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._count: dict[str, int] = {}

    def enter(self, name: str, seconds: float) -> None:
        """A newcomer starts level with whoever has had least: nobody saves up, nobody owes."""
        if name not in self._count:
            self._given[name] = min(self._given.values(), default=0.0)
        self._count[name] = self._count.get(name, 0) + 1
        self._asked[name] = self._asked.get(name, 0.0) + seconds

    def charge(self, name: str, seconds: float) -> None:
        self._given[name] += seconds

    def leave(self, name: str, seconds: float) -> None:
        self._count[name] -= 1
        self._asked[name] -= seconds
        if not self._count[name]:
            del self._count[name], self._given[name], self._asked[name]

    def given(self, name: str) -> float:
        return self._given[name]

    def asked(self, name: str) -> float:
        return self._asked[name]


class FairQueue(Generic[T]):
    """Items with costs. Not for several threads. `put` and `take` look at each share once."""

    def __init__(self) -> None:
        self._lines: dict[Share, _Line[T]] = {}
        self._places: dict[int, tuple[Share, int]] = {}
        self._hosts, self._clients = _Accounts(), _Accounts()
        self._last = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._places)

    @property
    def bytes(self) -> int:
        """What all that waits holds."""
        return self._bytes

    def put(self, item: T, cost: Cost) -> None:
        """At the end of its share, so far as time counts."""
        share = cost.share
        self._last += 1
        self._lines.setdefault(share, _Line()).put(self._last, item, cost)
        self._places[id(item)] = share, self._last
        self._bytes += cost.waiting
        self._hosts.enter(share.host, cost.seconds)
        self._clients.enter(share.client, cost.seconds)

    def remove(self, item: T) -> None:
        """Somebody has stopped waiting. KeyError if it is not in the queue."""
        self._take(*self._places[id(item)])

    def take(self, fits: Fits) -> tuple[T, Cost] | None:
        """The next one that may start now, or None.

        Where nothing of the share whose turn it is fits, others may go, `PASSED_OVER` times.
        """
        first: _Line[T] | None = None
        for share in self._in_turn():
            line = self._lines[share]
            number = line.choose(fits)
            if number is not None:
                if first:
                    first.passed += 1
                line.passed = 0
                return self._charge(share, number)
            first = first or line
            if first.passed >= PASSED_OVER:
                return None
        return None

    def shed(self) -> tuple[T, Cost]:
        """Take away what should go first when there is too much; KeyError if nothing waits.

        Of the host or client that asks for most, the dearest, and of those the newest.
        """
        if not self._lines:
            raise KeyError("nothing waits")
        share = max(
            self._lines, key=lambda each: _both(each, self._hosts.asked, self._clients.asked)
        )
        return self._take(share, self._lines[share].dearest())

    def _in_turn(self) -> Iterable[Share]:
        """Shares, those first whose host or client, whichever has had more, has had least.

        Where all have the same client (a proxy), the hosts decide, and the other way round.
        """
        if len(self._lines) < 2:
            return list(self._lines)
        return sorted(
            self._lines, key=lambda share: _both(share, self._hosts.given, self._clients.given)
        )

    def _charge(self, share: Share, number: int) -> tuple[T, Cost]:
        seconds = self._lines[share].waiting[number][1].seconds
        self._hosts.charge(share.host, seconds)
        self._clients.charge(share.client, seconds)
        return self._take(share, number)

    def _take(self, share: Share, number: int) -> tuple[T, Cost]:
        line = self._lines[share]
        item, cost = line.pop(number)
        if not line.waiting:
            del self._lines[share]
        del self._places[id(item)]
        self._bytes -= cost.waiting
        self._hosts.leave(share.host, cost.seconds)
        self._clients.leave(share.client, cost.seconds)
        return item, cost


def _class(cost: Cost) -> int:
    return math.frexp(cost.seconds)[1]


def _both(
    share: Share, hosts: Callable[[str], float], clients: Callable[[str], float]
) -> tuple[float, float]:
    """The larger figure of the two decides, then the smaller."""
    host, client = hosts(share.host), clients(share.client)
    return (host, client) if host > client else (client, host)
