"""Pictures that filters lay over others: a watermark is wanted by thousands of requests."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from .interfaces import SourceRequest
from .lru import Lru
from .records import dataclass
from .sources import Fetched

Fetch = Callable[[SourceRequest], Awaitable[Fetched]]


@dataclass(frozen=True, slots=True)
class _Seen:
    fetched: Fetched
    when: float


class Overlays:
    """Fetches sources of filters, keeps at most `max_bytes` of them (0: none) for `seconds`.

    Unlike sources they are believed for that long even where no storage has them: otherwise
    each picture would wait for a loader twice. `clock` in seconds, never set back.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        max_bytes: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._clock = clock
        self._seen: Lru[str, _Seen] = Lru(max_bytes if seconds > 0 else 0)
        self._forgotten = 0

    def at_hand(self, name: str) -> Fetched | None:
        """What was fetched lately; waits for nothing."""
        seen = self._seen.get(name)
        return seen.fetched if seen and self._clock() - seen.when < self._seconds else None

    async def fetch(self, wanted: SourceRequest) -> Fetched:
        """The overlay. Raises a `SourceError`."""
        if known := self.at_hand(wanted.name):
            return known
        forgotten = self._forgotten
        fetched = await self._fetch(wanted)
        if forgotten == self._forgotten and not fetched.stale:
            size = len(wanted.name) + len(fetched.source.body)
            seen = _Seen(Fetched(fetched.source, loaded=False), self._clock())
            self._seen.put(wanted.name, seen, size)
        return fetched

    def forget(self, name: str) -> None:
        """It is purged; nor is what is being fetched now believed beyond its own request."""
        self._forgotten += 1
        self._seen.drop(name)
