"""What every storage promises."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ..interfaces import Closes, Key, Kind, Storage
from ..threads import unblocked_storage
from .checks import Check, checks_of, expect

SOURCE = Key(Kind.SOURCE, "img/a.jpg")
RESULT = Key(Kind.RESULT, "/unsafe/300x200/img/a.jpg")
VARIANTS = ("default", "auto_webp", "auto_avif-webp", "auto_none")
EVERY_BYTE = bytes(range(256))
MEBIBYTE = 1 << 20
NAMES = (
    "a.jpg",
    "A.jpg",
    "a.jpg/",
    "/a.jpg",
    "//a.jpg",
    "http%3A//my.server.com/img%3Fid%3D7",
    "with space and+plus.jpg",
    "maracujá/日本語/🐘.jpg",
    "cafe\u0301.jpg",
    "caf\u00e9.jpg",
    "x" * 8000,
    "x" * 8001,
    "../../../../etc/passwd",
    "/",
    ".",
    "..",
    "with\0nul and\nnewline",
    "lone\ud800surrogate",
    "tail.txt",
    "tail.detectors.txt",
    "tail",
    "result:/unsafe/300x200/img/a.jpg",
    "thumbor-crypto-img/a.jpg",
    "thumbor-detector-img/a.jpg",
    "",
)
"""Names that storages have mixed up, cut off, or refused."""


def storage_checks(*, large: int = 50 * MEBIBYTE) -> tuple[Check, ...]:
    """Checks of a storage that keeps entries: `check(create)`.

    `large`: bytes of the largest entry that it must keep.
    """

    async def large_entries(storage: Storage) -> None:
        """A large entry comes back whole."""
        await _large(storage, large)

    return checks_of({**_PROMISES, "large_entries": large_entries}, unblocked_storage)


async def _fits(storage: Storage) -> None:
    """It has get, put and delete."""
    expect(isinstance(storage, Storage), "get, put and delete are promised")


async def _missing(storage: Storage) -> None:
    """What was never put is None."""
    for kind in Kind:
        expect(await storage.get(Key(kind, "never.jpg")) is None, f"a missing {kind.value} is None")


async def _round_trip(storage: Storage) -> None:
    """What is put is got until it is deleted, byte for byte, for each kind."""
    for kind in Kind:
        key, before = Key(kind, "img/a.jpg"), time.time()
        await storage.put(key, EVERY_BYTE)
        stored = await storage.get(key)
        expect(stored and stored.body == EVERY_BYTE, f"a {kind.value} comes back as it was put")
        if stored and kind in (Kind.SOURCE, Kind.RESULT):
            written = before - 2 <= stored.modified <= time.time() + 2
            expect(written, "modified is the time of writing, in epoch seconds")
        await storage.delete(key)
        expect(await storage.get(key) is None, f"a deleted {kind.value} is None")


async def _overwriting(storage: Storage) -> None:
    """The newer entry replaces the older, whatever their lengths."""
    for body in (b"short", b"longer than that", b"less"):
        await storage.put(SOURCE, body)
        stored = await storage.get(SOURCE)
        expect(stored and stored.body == body, "the newest entry is found")


async def _deleting(storage: Storage) -> None:
    """Deleting what is not there is no error."""
    await storage.delete(SOURCE)
    await storage.put(SOURCE, b"body")
    await storage.delete(SOURCE)
    await storage.delete(SOURCE)
    expect(await storage.get(SOURCE) is None, "a deleted entry is None")


async def _empty(storage: Storage) -> None:
    """An empty entry is missing, and the older one is gone."""
    await storage.put(SOURCE, b"body")
    await storage.put(SOURCE, b"")
    expect(await storage.get(SOURCE) is None, "an empty entry is None")


async def _names(storage: Storage) -> None:
    """Any text is a name, and no name stands for another."""
    keys = [Key(kind, name) for kind in (Kind.SOURCE, Kind.RESULT) for name in NAMES]
    for number, key in enumerate(keys):
        expect(await storage.get(key) is None, f"{key.name[:40]!r} was not put")
        await storage.put(key, b"%d" % number)
    for number, key in enumerate(keys):
        stored = await storage.get(key)
        expect(stored and stored.body == b"%d" % number, f"{key.name[:40]!r} has its own entry")


async def _kinds(storage: Storage) -> None:
    """Kinds are separate."""
    keys = [Key(kind, "img/a.jpg") for kind in Kind]
    for key in keys:
        await storage.put(key, key.kind.value.encode())
    for key in keys:
        stored = await storage.get(key)
        expect(stored and stored.body == key.kind.value.encode(), "each kind has its own entry")
    await storage.delete(keys[0])
    left = [await storage.get(key) is not None for key in keys]
    expect(left == [False, True, True, True], "deleting one kind leaves the others")


async def _variants(storage: Storage) -> None:
    """Variants of a result are separate, also from paths that look like one."""
    keys = [Key(Kind.RESULT, RESULT.name, variant) for variant in VARIANTS]
    keys += [Key(Kind.RESULT, f"{RESULT.name}/{end}") for end in ("webp", *VARIANTS)]
    keys += [Key(Kind.RESULT, f"{RESULT.name}/default", variant) for variant in VARIANTS[1:]]
    for number, key in enumerate(keys):
        await storage.put(key, b"%d" % number)
    for number, key in enumerate(keys):
        stored = await storage.get(key)
        expect(stored and stored.body == b"%d" % number, f"{key.variant} of {key.name} is its own")
    await storage.delete(keys[0])
    expect(await storage.get(keys[1]), "deleting one variant leaves the others")


async def _large(storage: Storage, size: int) -> None:
    body = EVERY_BYTE * (size // len(EVERY_BYTE))
    await storage.put(RESULT, body)
    stored = await storage.get(RESULT)
    expect(stored and stored.body == body, f"an entry of {len(body)} bytes comes back whole")


async def _untorn(storage: Storage) -> None:
    """Readers among writers see a whole old or a whole new entry."""
    bodies = [bytes([letter]) * 200_000 for letter in b"abcd"]
    await storage.put(SOURCE, bodies[0])
    writers = [partial(storage.put, SOURCE, body) for body in bodies * 10]
    readers = [partial(storage.get, SOURCE)] * len(writers)
    seen = await _together(call for pair in zip(readers, writers, strict=True) for call in pair)
    found = [stored.body for stored in seen if stored]
    expect(len(found) == len(readers), "an entry that is replaced is never missing")
    expect(set(found) <= set(bodies), "an entry is never a mixture of two")


async def _many(storage: Storage) -> None:
    """Entries that are put at once are all kept."""
    keys = [Key(Kind.SOURCE, f"{number}.jpg") for number in range(200)]
    await _together(partial(storage.put, key, key.name.encode()) for key in keys)
    found = await _together(partial(storage.get, key) for key in keys)
    bodies = [stored and stored.body for stored in found]
    expect(bodies == [key.name.encode() for key in keys], "each of 200 entries is kept")


async def _mingled(storage: Storage) -> None:
    """Deleting while others read and write breaks nothing."""
    calls = [
        partial(storage.put, SOURCE, b"body"),
        partial(storage.get, SOURCE),
        partial(storage.delete, SOURCE),
    ]
    seen = await _together(calls * 50)
    expect({stored.body for stored in seen if stored} <= {b"body"}, "an entry is whole or missing")


async def _cancelling(storage: Storage) -> None:
    """Whoever is cancelled leaves a storage that works."""
    await storage.put(SOURCE, EVERY_BYTE * 4000)
    for turns in range(12):
        task = asyncio.ensure_future(storage.get(SOURCE))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await storage.put(RESULT, b"%d" % turns)
        stored = await storage.get(RESULT)
        expect(stored and stored.body == b"%d" % turns, "answers belong to their questions")


async def _closing(storage: Storage) -> None:
    """It may be closed twice."""
    await storage.put(SOURCE, b"body")
    if isinstance(storage, Closes):
        await storage.close()
        await storage.close()


async def _together(calls: Any) -> list[Any]:
    return await asyncio.gather(*(call() for call in calls))


_PROMISES: dict[str, Callable[..., Awaitable[None]]] = {
    "interface": _fits,
    "missing": _missing,
    "round_trip": _round_trip,
    "overwriting": _overwriting,
    "deleting": _deleting,
    "empty_entries": _empty,
    "any_name": _names,
    "kinds": _kinds,
    "variants": _variants,
    "no_torn_entries": _untorn,
    "many_at_once": _many,
    "deleting_meanwhile": _mingled,
    "cancelling": _cancelling,
    "closing": _closing,
}
