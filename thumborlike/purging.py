"""Forgetting a source and all that was made of it, in every storage and in memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import unquote

from .errors import CannotPurge, NotSigned, StorageError
from .interfaces import Key, Kind, Metrics, Purges, Storage
from .logs import without_secrets
from .records import dataclass

OF_A_SOURCE = (Kind.SOURCE, Kind.FOCAL_POINTS)
"""What a storage keeps by the name of a source. Keys stay: old URLs are to live on."""

LONGEST_TIME = 600
"""Seconds that a signed call may be valid."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge has done: the source's name, and how many entries were removed."""

    source: str
    removed: int


class Purger:
    """Purges. `storages`: of sources and results; `forget`: drops what memory has of a source."""

    def __init__(
        self,
        storages: Iterable[Storage | Purges],
        forget: Iterable[Callable[[str], object]],
        metrics: Metrics,
    ) -> None:
        self._storages = tuple(dict.fromkeys(storages))
        self._forget = tuple(forget)
        self._metrics = metrics

    async def purge(self, source: str) -> Purged:
        """Forget a source by its name.

        Raises, once all storages have been asked, `StorageError` if one has failed, and
        `CannotPurge` if one cannot tell which results are of which source.
        """
        self._metrics.incr("purge.count")
        names = dict.fromkeys((source, unquote(source)))  # overlays are stored as they are written
        self._forget_in_memory(names)
        done = [
            await _tried(self._purge_one(each, name)) for name in names for each in self._storages
        ]
        self._forget_in_memory(names)  # what was read from a storage before it forgot
        for each in done:
            if isinstance(each, StorageError):
                raise each
        removed = sum(each for each in done if isinstance(each, int))
        log.info("purged: %s entries of %s", removed, without_secrets(source))
        return Purged(source, removed)

    def _forget_in_memory(self, names: Iterable[str]) -> None:
        for name in names:
            for forget in self._forget:
                forget(name)

    async def _purge_one(self, storage: Storage | Purges, source: str) -> int:
        if isinstance(storage, Purges):
            return await storage.purge(source)
        removed = 0
        for kind in OF_A_SOURCE:
            if await storage.get(Key(kind, source)):
                await storage.delete(Key(kind, source))
                removed += 1
        raise CannotPurge("a storage cannot tell which results are of which source")


def signed_text(source: str, expires: int) -> str:
    """What is signed to have a source purged until `expires`, in epoch seconds."""
    return f"purge/{expires}/{source}"


def check_time(expires: str, now: float) -> int:
    """The end of a call's validity, if it is ahead, and near. Raises `NotSigned`."""
    end = int(expires) if expires.isascii() and expires.isdecimal() and len(expires) < 12 else 0
    if not now < end <= now + LONGEST_TIME:
        raise NotSigned(f"a purge is signed for a time at most {LONGEST_TIME} seconds ahead")
    return end


def expiry(now: float | None = None) -> int:
    """The latest end of validity that is accepted, with a margin for clocks that differ."""
    return int(now if now is not None else time.time()) + LONGEST_TIME // 2


async def _tried(work: Awaitable[int]) -> int | StorageError:
    try:
        return await work
    except StorageError as error:
        return error
