"""What lies in a bucket, and making room there: asked for by `thumborlike storage`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType

from thumborlike.errors import StorageError
from thumborlike.interfaces import Holding, Share
from thumborlike.records import dataclass
from thumborlike.s3.calls import Listed
from thumborlike.s3.client import Client
from thumborlike.s3.failures import Trouble
from thumborlike.s3.layouts import INDEX, MARKS

from ._stock import age_step, limit_of

SCHEMES: Mapping[str, str] = MappingProxyType({"S3": "s3", "Google": "gs", "Azure": "az"})


@dataclass(frozen=True, slots=True)
class Area:
    """Objects of a `service`'s bucket whose keys begin with `front`, and with none of `others`.

    `kind_of(relative key)` tells kinds apart, of which there are `kinds`. `passing`: what is here
    can all be made again. `max_age` in seconds.
    """

    service: str
    client: Client
    bucket: str
    front: str
    others: tuple[str, ...]
    kinds: tuple[str, ...]
    kind_of: Callable[[str], str]
    passing: bool = False
    max_age: float | None = None


async def held(area: Area) -> Holding:
    """What is there. Raises `StorageError`."""
    counts, sizes = Counter[str](), Counter[str]()
    oldest: float | None = None
    async for each in _entries(area):
        kind = area.kind_of(each.key[len(area.front) :])
        counts[kind] += 1
        sizes[kind] += each.size
        oldest = min(each.modified, oldest or each.modified)
    shares = tuple(Share(kind, counts[kind], sizes[kind]) for kind in area.kinds)
    name = f"{SCHEMES[area.service]}://{area.bucket}/{area.front}"
    return Holding(name, sum(counts.values()), sum(sizes.values()), 0, oldest, shares)


async def pruned(area: Area, most: int | None) -> tuple[Holding, Holding]:
    """Remove what is too old, then the oldest beyond `most` bytes; what is left, and what went.

    S3 tells of no use. Only where all can be made again. Raises `StorageError`.
    """
    before = await held(area)
    if area.passing:
        await _tidy(area, before.size, most)
    left = await held(area) if area.passing else before
    gone = max(0, before.entries - left.entries), max(0, before.size - left.size)
    return left, Holding(left.name, *gone)


async def _tidy(area: Area, size: int, most: int | None) -> None:
    now, ages = time.time(), Counter[int]()
    async for each in _objects(area):
        if area.max_age is not None and now - each.modified > area.max_age:
            await _delete(area, each)  # notes, too: their results are as old
            size -= 0 if _is_note(area, each) else each.size
        elif not _is_note(area, each):
            ages[age_step(now - each.modified)] += each.size
    surplus = 0 if most is None else size - most
    limit = limit_of(ages, surplus)
    async for each in _entries(area):
        if surplus <= 0:
            return
        if age_step(now - each.modified) >= limit:
            await _delete(area, each)
            surplus -= each.size


async def _entries(area: Area) -> AsyncIterator[Listed]:
    """Without the notes of what was made of what."""
    async for each in _objects(area):
        if not _is_note(area, each):
            yield each


async def _objects(area: Area) -> AsyncIterator[Listed]:
    last = ""
    try:
        while page := await area.client.list_objects(area.bucket, area.front, last):
            for each in page:
                if not each.key.startswith(area.others):
                    yield each
            last = page[-1].key
    except Trouble as error:
        raise StorageError(f"{area.service} does not tell what it holds") from error


async def _delete(area: Area, entry: Listed) -> None:
    try:
        await area.client.delete(area.bucket, entry.key)
    except Trouble as error:
        raise StorageError(f"{area.service} does not delete what it should") from error


def _is_note(area: Area, entry: Listed) -> bool:
    return entry.key.startswith((f"{area.front}{INDEX}/", f"{area.front}{MARKS}/"))
