"""One storage for each kind of entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from thumborlike.interfaces import (
    Closes,
    Environment,
    Holding,
    KeepsTimes,
    Key,
    Kind,
    Locks,
    Purges,
    Storage,
    Stored,
    Tended,
)
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting


@dataclass(frozen=True, slots=True)
class MixedStorageSettings:
    """Which storage keeps what."""

    mixed_storage_file_storage: str = setting(
        "MIXED_STORAGE_FILE_STORAGE", "no", "Storage of the sources and results."
    )
    mixed_storage_crypto_storage: str = setting(
        "MIXED_STORAGE_CRYPTO_STORAGE", "no", "Storage of the keys kept for each picture."
    )
    mixed_storage_detector_storage: str = setting(
        "MIXED_STORAGE_DETECTOR_STORAGE", "no", "Storage of focal points that were detected."
    )


SETTINGS = MixedStorageSettings


class MixedStorage:
    """Hands each entry to the storage of its kind."""

    def __init__(self, storages: Mapping[Kind, Storage]) -> None:
        self._storages = MappingProxyType(dict(storages))
        results = storages[Kind.RESULT]
        if isinstance(results, Locks):
            self.acquire, self.extend = results.acquire, results.extend
            self.release = results.release

    async def get(self, key: Key) -> Stored | None:
        """The entry, or None."""
        return await self._storages[key.kind].get(key)

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry."""
        await self._storages[key.kind].put(key, body)

    async def put_as_of(self, key: Key, stored: Stored) -> None:
        """The same for an entry that is as old as it says, where its storage can."""
        storage = self._storages[key.kind]
        if isinstance(storage, KeepsTimes):
            await storage.put_as_of(key, stored)
        else:
            await storage.put(key, stored.body)

    async def delete(self, key: Key) -> None:
        """Forget the entry. Thumbor 7.8's cannot, and answers 500 to the upload API."""
        await self._storages[key.kind].delete(key)

    async def purge(self, source: str) -> int:
        """Forget the source in each storage; in those that cannot purge, what has its name."""
        return sum([await _purge(each, source) for each in self._each_once()])

    def stats(self) -> Sequence[Holding]:
        """What those hold that can tell."""
        return [held for each in self._tended() for held in each.stats()]

    def prune(self, max_bytes: int | None = None) -> Sequence[tuple[Holding, Holding]]:
        """Make room in them."""
        return [pair for each in self._tended() for pair in each.prune(max_bytes)]

    async def close(self) -> None:
        """Release what the storages hold, each once."""
        for storage in self._each_once():
            if isinstance(storage, Closes):
                await storage.close()

    def _tended(self) -> Iterator[Tended]:
        return (each for each in self._each_once() if isinstance(each, Tended))

    def _each_once(self) -> Iterable[Storage]:
        return {id(each): each for each in self._storages.values()}.values()


async def _purge(storage: Storage, source: str) -> int:
    if isinstance(storage, Purges):
        removed: int = await storage.purge(source)
        return removed
    for kind in (Kind.SOURCE, Kind.FOCAL_POINTS):
        await storage.delete(Key(kind, source))
    return 0


def create(env: Environment) -> MixedStorage:
    """The storages that the three MIXED_STORAGE keys name."""
    settings = env.section(SETTINGS)
    files = env.storage(settings.mixed_storage_file_storage)
    return MixedStorage(
        {
            Kind.SOURCE: files,
            Kind.RESULT: files,
            Kind.SECURITY_KEY: env.storage(settings.mixed_storage_crypto_storage),
            Kind.FOCAL_POINTS: env.storage(settings.mixed_storage_detector_storage),
        }
    )
