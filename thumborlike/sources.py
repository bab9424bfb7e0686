"""Where a source comes from: the storage, else the loader."""

from __future__ import annotations

import re
from collections.abc import Callable

from .coalesce import Give, SingleFlight
from .errors import SourceTooLarge
from .interfaces import Key, Kind, Loader, Metrics, Source, SourceRequest, Stored
from .keeping import TolerantStorage
from .records import dataclass

_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source, and whether the loader had to be asked for it."""

    source: Source
    loaded: bool


class Sources:
    """Fetches sources; concurrent requests for one source share one load.

    `expires_after`: STORAGE_EXPIRATION_SECONDS by time of writing; None for never, 0 for at
    once (Thumbor 7.8). `id_length`: MAX_ID_LENGTH, 0 to look up no uploads.
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
    ) -> None:
        self._loader = loader
        self._storage = storage
        self._metrics = metrics
        self._clock = clock
        self._expires_after = expires_after
        self._max_size = max_size
        self._id_length = id_length
        self._loads: SingleFlight[SourceRequest, Source] = SingleFlight()

    async def fetch(self, wanted: SourceRequest) -> Fetched:
        """The source's bytes. Raises a `SourceError`."""
        stored = await self._stored(wanted.name)
        self._metrics.incr("storage.hit" if stored else "storage.miss")
        if stored:
            return Fetched(Source(wanted.name, stored.body, stored.modified), loaded=False)
        return await self.reload(wanted)

    async def reload(self, wanted: SourceRequest) -> Fetched:
        """The source as its origin has it now, whatever is stored."""

        async def load(give: Give[Source]) -> None:
            give(self._checked(await self._loader.load(wanted)))

        return Fetched(await self._loads.run(wanted, load), loaded=True)

    async def keep(self, fetched: Fetched) -> None:
        """Store a loaded source. Called once it has proved to be a picture."""
        if fetched.loaded:
            await self._storage.put(Key(Kind.SOURCE, fetched.source.name), fetched.source.body)

    async def forget(self, name: str) -> None:
        """Drop a stored source that turned out to be damaged."""
        await self._storage.delete(Key(Kind.SOURCE, name))

    async def _stored(self, name: str) -> Stored | None:
        upload = upload_id(name, self._id_length)
        for candidate in (name, upload) if upload else (name,):
            stored = await self._storage.get(Key(Kind.SOURCE, candidate))
            if stored and not self._is_old(stored.modified):
                return stored
        return None

    def _checked(self, source: Source) -> Source:
        if self._max_size and len(source.body) > self._max_size:
            raise SourceTooLarge("the source is larger than allowed")
        return source

    def _is_old(self, modified: float) -> bool:
        return self._expires_after is not None and self._clock() - modified > self._expires_after


def upload_id(name: str, length: int) -> str | None:
    """The upload id in front of a decorative file name (`<id>/picture.jpg`), if it is one.

    Thumbor 7.8 takes the first `length` characters of any name for an id when they are stored,
    so that one picture answers for others; here an id is lower-case hex up to a slash.
    """
    head, slash, _ = name.partition("/")
    return head if slash and length == len(head) and _HEX.fullmatch(head) else None
