"""Where a source comes from: memory, if that is wanted, the storage, else the loader."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from .coalesce import Give, SingleFlight
from .errors import SourceError, SourceFailed, SourceTimeout, SourceTooLarge
from .failing import Failures
from .interfaces import Key, Kind, Loader, LoadsAtOnce, Metrics, Source, SourceRequest, Stored
from .keeping import TolerantStorage
from .lru import Lru
from .records import dataclass, replace
from .stages import FETCH

_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source, and whether the loader had to be asked for it.

    `stale`: it is expired, and its origin cannot be had.
    """

    source: Source
    loaded: bool
    stale: bool = False


@dataclass(frozen=True, slots=True)
class _Hot:
    """A stored source in memory, and when it was last read."""

    stored: Stored
    read: float


class Sources:
    """Fetches sources; concurrent requests for one source share one load.

    `expires_after`: STORAGE_EXPIRATION_SECONDS by time of writing; None for never, 0 for at
    once (Thumbor 7.8). `id_length`: MAX_ID_LENGTH, 0 to look up no uploads. `cache_bytes`: of
    what comes from the storage, kept in memory and believed for `recheck` seconds; 0 for none.
    What comes from the loader is never taken from memory: it may have changed there.
    What it fails with is remembered for `failure_seconds`. `stale_for`: seconds after its expiry
    for which a stored source stands in for an origin that is down.
    """

    def __init__(
        self,
        loader: Loader,
        storage: TolerantStorage,
        metrics: Metrics,
        clock: Callable[[], float],
        *,
        expires_after: float | None,
        max_size: int,
        id_length: int,
        cache_bytes: int = 0,
        recheck: float = 0.0,
        failure_seconds: float = 0.0,
        stale_for: float = 0.0,
    ) -> None:
        self._failures = Failures(failure_seconds, metrics)
        self._stale_for = stale_for
        self._loader = loader
        self._load_at_once = loader.load_at_once if isinstance(loader, LoadsAtOnce) else _nothing
        self._storage = storage
        self._metrics = metrics
        self._clock = clock
        self._expires_after = expires_after
        self._max_size = max_size
        self._id_length = id_length
        self._hot: Lru[str, _Hot] = Lru(cache_bytes if recheck > 0 else 0)
        self._recheck = recheck
        self._loads: SingleFlight[SourceRequest, Source] = SingleFlight()

    async def fetch(self, wanted: SourceRequest) -> Fetched:
        """The source's bytes. Raises a `SourceError`."""
        begun = time.perf_counter()
        try:
            return await self._fetch(wanted)
        finally:
            self._metrics.timing(f"stage.{FETCH}", (time.perf_counter() - begun) * 1000)

    async def _fetch(self, wanted: SourceRequest) -> Fetched:
        stored = self._at_once(wanted.name) or await self._stored(wanted.name)
        fresh = stored is not None and not self._is_old(stored.modified)
        self._metrics.incr("storage.hit" if fresh else "storage.miss")
        if stored and fresh:
            return Fetched(Source(wanted.name, stored.body, stored.modified), loaded=False)
        try:
            return await self.reload(replace(wanted, held=stored.body) if stored else wanted)
        except (SourceFailed, SourceTimeout):
            if not stored or self._is_old(stored.modified, self._stale_for):
                raise
        self._metrics.incr("source.stale")
        source = Source(wanted.name, stored.body, stored.modified)
        return Fetched(source, loaded=False, stale=True)

    async def reload(self, wanted: SourceRequest) -> Fetched:
        """The source as its origin has it now, whatever is stored."""
        self._failures.check(wanted.name)
        if (there := self._load_at_once(wanted)) and self._fits(there):
            return Fetched(self._checked(there), loaded=True)

        async def load(give: Give[Source]) -> None:
            try:
                give(self._checked(await self._loader.load(wanted)))
            except SourceError as error:
                self._metrics.incr(f"source.error.{type(error).__name__}")
                self._failures.remember(wanted.name, error)
                raise

        return Fetched(await self._loads.run(wanted, load), loaded=True)

    async def keep(self, fetched: Fetched) -> None:
        """Store a loaded source. Called once it has proved to be a picture."""
        if fetched.loaded:
            await self._storage.put(Key(Kind.SOURCE, fetched.source.name), fetched.source.body)
            self._hot.drop(fetched.source.name)

    async def forget(self, name: str) -> None:
        """Drop a stored source that turned out to be damaged."""
        self._hot.drop(name)
        await self._storage.delete(Key(Kind.SOURCE, name))

    def forget_in_memory(self, name: str) -> None:
        """Drop what memory has of a source, its failure too, whatever its storage does."""
        self._hot.drop(name)
        self._failures.forget(name)
        self._loads.let_go(lambda wanted: wanted.name == name)

    def _at_once(self, name: str) -> Stored | None:
        hot = self._hot.get(name)
        if hot is None or self._is_old(hot.stored.modified):
            return None
        if not 0 <= self._clock() - hot.read < self._recheck:
            return None
        self._metrics.incr("source_cache.hit")
        return hot.stored

    async def _stored(self, name: str) -> Stored | None:
        """What is stored, expired or not."""
        upload = upload_id(name, self._id_length)
        old = None
        for candidate in (name, upload) if upload else (name,):
            stored = await self._storage.get(Key(Kind.SOURCE, candidate))
            if stored and not self._is_old(stored.modified):
                self._hot.put(name, _Hot(stored, self._clock()), len(name) + len(stored.body))
                return stored
            old = old or stored
        self._hot.drop(name)
        return old

    def _checked(self, source: Source) -> Source:
        if not self._fits(source):
            raise SourceTooLarge("the source is larger than allowed")
        self._metrics.incr("original_image.response_bytes", len(source.body))
        return source

    def _fits(self, source: Source) -> bool:
        return not self._max_size or len(source.body) <= self._max_size

    def _is_old(self, modified: float, grace: float = 0.0) -> bool:
        age = self._clock() - modified
        return self._expires_after is not None and age > self._expires_after + grace


def upload_id(name: str, length: int) -> str | None:
    """The upload id in front of a decorative file name (`<id>/picture.jpg`), if it is one.

    Thumbor 7.8 takes the first `length` characters of any name for an id when they are stored,
    so that one picture answers for others; here an id is lower-case hex up to a slash.
    """
    head, slash, _ = name.partition("/")
    return head if slash and length == len(head) and _HEX.fullmatch(head) else None


def _nothing(_: SourceRequest) -> None:
    """What a loader gives at once that cannot."""
