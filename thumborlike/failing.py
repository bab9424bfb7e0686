"""Failures of origins are remembered for a moment.

A flood of requests for pictures that are gone, or whose origin is down, then costs one fetch every
few seconds instead of one per size and filter.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .errors import SourceError, SourceTooLarge
from .interfaces import Metrics
from .lru import Lru
from .records import dataclass

MOST = 2 * 1024 * 1024
"""Bytes that all of it takes, roughly; the least recently asked for go first."""

OVERHEAD = 512
"""Bytes that one failure takes besides the source's name, roughly."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong, as a class and its message: an error itself would hold on to its frames."""

    kind: type[SourceError]
    text: str
    until: float


class Failures:
    """Remembers by the name of a source what its origin failed with, for `seconds`; 0 for off."""

    def __init__(
        self, seconds: float, metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._metrics = metrics
        self._clock = clock
        self._known: Lru[str, _Failure] = Lru(MOST if seconds > 0 else 0)

    def check(self, name: str) -> None:
        """Raises what the origin failed with a moment ago."""
        failure = self._known.get(name)
        if failure is None:
            return
        if self._clock() >= failure.until:
            self._known.drop(name)
            return
        self._metrics.incr("source.failure.remembered")
        raise failure.kind(failure.text)

    def remember(self, name: str, error: SourceError) -> None:
        """Remember it, unless it is we who refuse."""
        if not isinstance(error, SourceTooLarge):
            failure = _Failure(type(error), str(error), self._clock() + self._seconds)
            self._known.put(name, failure, OVERHEAD + 4 * len(name))

    def forget(self, name: str) -> None:
        """The next request asks the origin again."""
        self._known.drop(name)
