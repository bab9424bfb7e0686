"""Leaving a server that is out of order alone, and noticing that it is back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

FIRST, LONGEST = 0.25, 5.0
"""Seconds for which nothing is tried after the first failure, and at most."""


class Breaker:
    """Says whether a server is worth asking.

    After a failure nobody asks for a while, which doubles up to `LONGEST` seconds while it lasts;
    then one may try, and if that works all do. So a dead server costs its deadline to one caller
    now and then, and one that comes back is not run over. Lives on the event loop: no lock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pause = 0.0
        self._until = 0.0

    def allows(self) -> bool:
        """Whether to try now. Who is let through while it is broken tries for all."""
        if not self._pause:
            return True
        if self._clock() < self._until:
            return False
        self._pause = min(LONGEST, self._pause * 2)
        self._wait()
        return True

    def failed(self) -> None:
        """The server did not answer."""
        self._pause = self._pause or FIRST
        self._wait()

    def succeeded(self) -> None:
        """The server answered."""
        self._pause = 0.0

    def _wait(self) -> None:
        """Not all processes come back at the same moment."""
        self._until = self._clock() + self._pause * random.uniform(0.75, 1.25)  # noqa: S311
