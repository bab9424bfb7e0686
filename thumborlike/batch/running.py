"""Runs many pieces of work, so many at once, until all are done or somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from ..records import dataclass

T = TypeVar("T")
R = TypeVar("R", bound="Tried")

WORTH_ANOTHER_TRY = frozenset({0, 408, 425, 429, 502, 503, 504})
"""Statuses that may be others in a moment; 0 is no answer at all."""

ASKS_FOR_LESS = frozenset({429, 503})
"""Whoever says this is left alone by all that run."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before the second try, at most; doubled for each further one."""


class Tried(Protocol):
    """What comes of a try."""

    @property
    def status(self) -> int:
        """Of HTTP; 0: no answer."""
        ...

    def retry_after(self) -> float | None:
        """Seconds to wait, if the server asks for that."""
        ...


class Stop:
    """Says whether to begin more work. SIGINT and SIGTERM set it; a second one ends at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.signal = 0

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self, number: int = signal.SIGINT) -> None:
        """Begin nothing more."""
        if self.signal:
            os._exit(128 + number)  # what was noted is on disk
        self.signal = number
        self._event.set()

    async def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the stop."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)

    @contextlib.contextmanager
    def by_signals(self) -> Iterator[None]:
        """Listen to signals, on the running loop."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for each in numbers:
            loop.add_signal_handler(each, self.set, each)
        try:
            yield
        finally:
            for each in numbers:
                loop.remove_signal_handler(each)


class Pace:
    """When the next request may go out."""

    def __init__(self, stop: Stop, clock: Callable[[], float] = time.monotonic) -> None:
        self._stop = stop
        self._clock = clock
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for it."""
        while not self._stop and (left := self._next - self._clock()) > 0:
            await self._stop.sleep(left)

    def hold(self, seconds: float) -> None:
        """Nothing goes out for so long."""
        self._next = max(self._next, self._clock() + seconds)


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries again what may succeed then. `retries`: how often after the first try."""

    retries: int
    pace: Pace
    stop: Stop
    first_pause: float = FIRST_PAUSE

    async def of(self, attempt: Callable[[], Awaitable[R]]) -> R | None:
        """What the last try gave; None if there was a stop before it was known."""
        for number in range(self.retries + 1):
            await self.pace.turn()
            if self.stop:
                return None
            tried = await attempt()
            if tried.status not in WORTH_ANOTHER_TRY or number == self.retries:
                return tried
            await self._wait(tried, number)
        return None

    async def _wait(self, tried: Tried, number: int) -> None:
        asked = tried.retry_after()
        own = min(self.first_pause * 2**number, LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        pause = max(own, asked or 0.0)
        if tried.status in ASKS_FOR_LESS:
            self.pace.hold(pause)
        else:
            await self.stop.sleep(pause)


async def run_all(
    items: Iterable[T], work: Callable[[T], Awaitable[None]], concurrency: int, stop: Stop
) -> None:
    """Work on all items, at most `concurrency` at once. After a stop what has begun is ended."""
    waiting = iter(items)

    async def lane() -> None:
        for item in waiting:
            if stop:
                return
            await work(item)

    lanes = [asyncio.ensure_future(lane()) for _ in range(concurrency)]
    try:
        await asyncio.gather(*lanes)
    finally:
        for each in lanes:
            each.cancel()
