"""Entries in buckets: what the storages `s3`, `tc_aws`, `thumbor_aws` and others have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from thumborlike.errors import CannotPurge, ConfigurationError, StorageError
from thumborlike.interfaces import Address, Environment, Holding, Key, Kind, Seen, Stored
from thumborlike.s3.access import client_of, limits_of, writing_of
from thumborlike.s3.failures import Denied, Missing, TooLarge, Trouble
from thumborlike.s3.layouts import Layout, index_of
from thumborlike.s3.places import Access, Place, Writing
from thumborlike.s3.settings import S3Settings

from ._ages import Ages
from ._s3_shelf import SVG, Redirecting, Shelf, type_of

if TYPE_CHECKING:
    from thumborlike.s3.client import Client

    from ._s3_stock import Area

T = TypeVar("T")


class S3Storage:
    """Keeps entries below two roots. Of what is denied nothing is known: it is missing.

    A source of more than `max_source_size` bytes counts as missing; 0 for no limit. With `indexed`
    an empty object for each source of a result tells what to purge. `service`: whose buckets these
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
        self._indexed = indexed
        self._max_source_size = max_source_size

    async def get(self, key: Key) -> Stored | None:
        """The entry, or None. Raises `StorageError`."""
        shelf, name = self._place(key)
        limit = self._max_source_size if key.kind is Kind.SOURCE else 0
        try:
            found = await shelf.client.get(shelf.bucket, name, limit)
        except (Missing, Denied, TooLarge):
            return None
        except Trouble as error:
            raise StorageError(f"{self._service} cannot be read") from error
        return Stored(found.body, found.modified) if found.body else None

    async def look(self, key: Key) -> Seen | None:
        """The result, if it is a picture large enough for a redirect. Raises `StorageError`.

        An SVG needs headers that a bucket does not send.
        """
        if self._redirects is None or key.kind is not Kind.RESULT:
            return None
        shelf, name = self._place(key)
        try:
            known = await shelf.client.known(shelf.bucket, name)
        except (Missing, Denied):
            return None
        except Trouble as error:
            raise StorageError(f"{self._service} cannot be read") from error
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
        """Keep the entry. Raises `StorageError`.

        What a result is made of is noted first: one that cannot be purged is never written. One
        whose note a purge has taken meanwhile goes, too.
        """
        if not body:
            await self.delete(key)
            return
        shelf, name = self._place(key)
        notes = [shelf.key(index_of(each) + self._layout(key)) for each in key.made_of]
        notes = notes if self._indexed else []
        for note in notes:
            await self._told(shelf.client.put(shelf.bucket, note, b"", **shelf.writing.arguments()))
        how = {"ContentType": type_of(key, body), **shelf.writing.arguments()}
        await self._told(shelf.client.put(shelf.bucket, name, body, **how))
        for note in notes:
            if not await self._told(shelf.client.exists(shelf.bucket, note)):
                await self.delete(key)

    async def delete(self, key: Key) -> None:
        """Forget the entry. Raises `StorageError`."""
        shelf, name = self._place(key)
        await self._told(shelf.client.delete(shelf.bucket, name))

    async def purge(self, source: str) -> int:
        """Forget the source, its focal points and what was made of it. Raises `StorageError`.

        Only results that were written with S3_PURGE_INDEX are known to be of a source.
        """
        if not self._indexed:
            raise CannotPurge("S3_PURGE_INDEX is off")
        removed = await self._purge_results(source)
        for kind in (Kind.SOURCE, Kind.FOCAL_POINTS):
            shelf, name = self._place(Key(kind, source))
            removed += await self._removed(shelf, name)
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

    async def _purge_results(self, source: str) -> int:
        """Page by page; a result goes before its note, lest a failure forgets it, and after it."""
        shelf, removed = self._results, 0
        prefix = shelf.key(index_of(source))
        while notes := await self._told(shelf.client.list_page(shelf.bucket, prefix)):
            for note in notes:
                name = shelf.key(note[len(prefix) :])
                removed += await self._removed(shelf, name)
                await self._told(shelf.client.delete(shelf.bucket, note))
                await self._told(shelf.client.delete(shelf.bucket, name))
        return removed

    async def _removed(self, shelf: Shelf, name: str) -> int:
        there = await self._told(shelf.client.exists(shelf.bucket, name))
        if there:
            await self._told(shelf.client.delete(shelf.bucket, name))
        return int(there)

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

    redirects = Redirecting(shared.s3_result_redirect_bytes, shared.s3_result_redirect_seconds)
    return kept_on(
        env,
        shelf(sources, acls[0]),
        shelf(results, acls[1]),
        layout,
        redirects=redirects if shared.s3_result_redirect else None,
    )


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
