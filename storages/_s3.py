"""Entries in buckets: what the storages `s3`, `tc_aws`, `thumbor_aws` and others have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from thumborlike.errors import CannotPurge, ConfigurationError, StorageError
from thumborlike.interfaces import Address, Environment, Holding, Key, Kind, Seen, Stored
from thumborlike.s3.access import client_of, limits_of, writing_of
from thumborlike.s3.calls import Found, Known
from thumborlike.s3.failures import Denied, Missing, TooLarge, Trouble
from thumborlike.s3.layouts import Layout
from thumborlike.s3.places import Access, Place, Writing
from thumborlike.s3.settings import S3Settings

from ._ages import Ages
from ._s3_index import Index, removed_from
from ._s3_shelf import SVG, Redirecting, Shelf, type_of

if TYPE_CHECKING:
    from thumborlike.s3.client import Client

    from ._s3_stock import Area

T = TypeVar("T")
Told = TypeVar("Told", Found, Known)


class S3Storage:
    """Keeps entries below two roots. Of what is denied nothing is known: it is missing.

    A source of more than `max_source_size` bytes counts as missing; 0 for no limit. `indexed`: what
    was made of a source can be purged. `service`: whose buckets these
    are, for whoever reads the log.
    """

    def __init__(
        self,
        sources: Shelf,
        results: Shelf,
        layout: Layout,
        *,
        indexed: bool = False,
        max_source_size: int = 0,
        max_age: float | None = None,
        service: str = "S3",
        redirects: Redirecting | None = None,
    ) -> None:
        self._max_age = max_age
        self._redirects = redirects
        self._service = service
        self._sources = sources
        self._results = results
        self._layout = layout
        self._index = Index(results, layout) if indexed else None
        self._max_source_size = max_source_size

    async def get(self, key: Key) -> Stored | None:
        """The entry, or None. Raises `StorageError`."""
        shelf, name = self._place(key)
        limit = self._max_source_size if key.kind is Kind.SOURCE else 0
        found = await self._shown(key, shelf.client.get(shelf.bucket, name, limit))
        return Stored(found.body, found.modified) if found and found.body else None

    async def look(self, key: Key) -> Seen | None:
        """The result, if it is a picture large enough for a redirect. Raises `StorageError`.

        An SVG needs headers that a bucket does not send.
        """
        if self._redirects is None or key.kind is not Kind.RESULT:
            return None
        shelf, name = self._place(key)
        known = await self._shown(key, shelf.client.known(shelf.bucket, name))
        if known is None:
            return None
        large = known.size >= self._redirects.min_bytes
        shown = known.media_type.startswith(("image/", "video/")) and known.media_type != SVG
        return Seen(known.size, known.modified, known.media_type) if large and shown else None

    async def address(self, key: Key, headers: Mapping[str, str]) -> Address:
        """Where anybody can fetch it for a while. Raises `StorageError`."""
        if self._redirects is None:
            raise StorageError("S3_RESULT_REDIRECT is off")
        shelf, name = self._place(key)
        seconds = self._redirects.seconds
        url = await self._told(shelf.client.presigned(shelf.bucket, name, seconds, headers))
        return Address(url, seconds)

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry. Raises `StorageError`. A result that cannot be purged is not written."""
        if not body:
            await self.delete(key)
            return
        shelf, name = self._place(key)
        how = {"ContentType": type_of(key, body), **shelf.writing.arguments()}
        if self._index and key.kind is Kind.RESULT:
            await self._told(self._index.write(key, name, body, how))
        else:
            await self._told(shelf.client.put(shelf.bucket, name, body, **how))

    async def delete(self, key: Key) -> None:
        """Forget the entry. Raises `StorageError`."""
        shelf, name = self._place(key)
        await self._told(shelf.client.delete(shelf.bucket, name))

    async def purge(self, source: str) -> int:
        """Forget the source, its focal points and what was made of it. Raises `StorageError`.

        Results that were written without S3_PURGE_INDEX are missing from now on.
        """
        if self._index is None:
            raise CannotPurge("S3_PURGE_INDEX is off")
        removed = await self._told(self._index.purge(source))
        for kind in (Kind.SOURCE, Kind.FOCAL_POINTS):
            removed += await self._told(removed_from(*self._place(Key(kind, source))))
        return removed

    def stats(self) -> Sequence[Holding]:
        """What lies below both roots. Raises `StorageError`."""
        from ._s3_stock import held  # noqa: PLC0415  (for the command line alone)

        return asyncio.run(_each(held, self._areas()))

    def prune(self, max_bytes: int | None = None) -> Sequence[tuple[Holding, Holding]]:
        """Remove results that are too old, and the oldest beyond `max_bytes`.

        Sources stay, since uploads are among them, and so do results without a root of their own.
        Raises `StorageError`.
        """
        from ._s3_stock import pruned  # noqa: PLC0415

        return asyncio.run(_each(partial(pruned, most=max_bytes), self._areas()))

    async def close(self) -> None:
        """Close the connections."""
        await self._sources.client.close()
        if self._results.client is not self._sources.client:
            await self._results.client.close()

    async def _shown(self, key: Key, asked: Awaitable[Told]) -> Told | None:
        """What there is to be read, unless it is hidden. Raises `StorageError`."""
        try:
            found = await asked
            hidden = self._index and await self._index.hides(key, found)
        except (Missing, Denied, TooLarge):
            return None
        except Trouble as error:
            raise StorageError(f"{self._service} cannot be read") from error
        return None if hidden else found

    async def _told(self, work: Awaitable[T]) -> T:
        """Its outcome. Raises `StorageError`."""
        try:
            return await work
        except Trouble as error:
            raise StorageError(f"{self._service} does not keep what it should") from error

    def _areas(self) -> Sequence[Area]:
        """Of sources and of results; one, if the same root is that of both."""
        from ._s3_stock import Area  # noqa: PLC0415

        shelves = (self._sources, self._results)
        places = [(each.bucket, each.key("")) for each in shelves]
        apart = places[0] != places[1]
        return [
            Area(
                self._service,
                shelf.client,
                bucket,
                front,
                _within(front, [other for name, other in places if name == bucket]),
                tuple(_KINDS[number]) if apart else (),
                partial(_kind_of, number),
                passing=apart and bool(number) and bool(front.strip("/")),
                max_age=self._max_age,
            )
            for number, (shelf, (bucket, front)) in enumerate(zip(shelves, places, strict=True))
        ][: 1 + apart]

    def _place(self, key: Key) -> tuple[Shelf, str]:
        shelf = self._results if key.kind is Kind.RESULT else self._sources
        return shelf, shelf.key(self._layout(key))


_KINDS = (("source", "security_key", "focal_points"), ("result",))


def _kind_of(number: int, name: str) -> str:
    if number:
        return "result"
    if name.endswith(".detectors.txt"):
        return "focal_points"
    return "security_key" if name.endswith(".txt") else "source"


def _within(front: str, others: Iterable[str]) -> tuple[str, ...]:
    """Those roots that lie below this one."""
    return tuple(each for each in others if each != front and each.startswith(front))


async def _each(work: Callable[[Area], Awaitable[T]], areas: Iterable[Area]) -> list[T]:
    return [await work(each) for each in areas]


def storage_of(
    env: Environment,
    sources: Place,
    results: Place,
    layout: Layout,
    *,
    acls: tuple[str | None, str | None] = (None, None),
    writing: Writing | None = None,
    slash: bool = False,
) -> S3Storage:
    """The storage under the keys that all three share."""
    shared = env.section(S3Settings)
    limits = limits_of(env, shared.s3_timeout_seconds)
    made: dict[Access, Client] = {}

    def shelf(place: Place, acl: str | None) -> Shelf:
        if place.access not in made:
            made[place.access] = client_of(place.access, limits)
        how = writing or writing_of(env, acl)
        return Shelf(made[place.access], place.bucket, place.root, how, slash)

    return kept_on(
        env,
        shelf(sources, acls[0]),
        shelf(results, acls[1]),
        layout,
        redirects=redirects_of(shared),
    )


def redirects_of(keys: S3Settings) -> Redirecting | None:
    """Which results clients are to fetch by themselves; None for none."""
    if not keys.s3_result_redirect:
        return None
    return Redirecting(keys.s3_result_redirect_bytes, keys.s3_result_redirect_seconds)


def kept_on(
    env: Environment,
    sources: Shelf,
    results: Shelf,
    layout: Layout,
    *,
    service: str = "S3",
    redirects: Redirecting | None = None,
) -> S3Storage:
    """The storage under the keys that all storages in buckets share."""
    ages = env.section(Ages)
    return S3Storage(
        sources,
        results,
        layout,
        indexed=env.section(S3Settings).s3_purge_index,
        max_age=ages.kept(ages.result_storage_expiration_seconds or None),
        max_source_size=env.max_source_size,
        service=service,
        redirects=redirects,
    )


def some_bucket(first: str | None, second: str | None, keys: str) -> tuple[str, str]:
    """Both, where one stands in for the other. Raises `ConfigurationError` if there is none."""
    found = (first or second or "", second or first or "")
    if not all(found):
        raise ConfigurationError(f"a storage in buckets needs {keys}")
    return found
