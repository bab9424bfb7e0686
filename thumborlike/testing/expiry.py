"""What becomes of entries that are too old: nobody is answered with them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import SkipTest

from ..interfaces import KeepsTimes, Key, Kind, Source, SourceRequest, Storage, Stored, Tended
from ..job import Job, Layout, Negotiated, Output, Result
from ..keeping import TolerantStorage
from ..plugins import NoMetrics
from ..results import Results
from ..settings.sections import EncodingSettings, ImagingSettings
from ..sources import Sources
from ..threads import unblocked_storage
from .checks import Check, checks_of, expect
from .storages import RESULT, SOURCE

OLD, NEW = (b"\xff\xd8\xff" + text for text in (b"old", b"new"))
"""Begin as a JPEG does: what is no picture is never a result."""


def expiry_checks(seconds: float) -> tuple[Check, ...]:
    """Checks of a storage that keeps results for so long, and no longer: `check(create)`."""

    async def expiring_entries(storage: Any) -> None:
        """A fresh entry is found; one that is older than it is kept for is missing."""
        await storage.put(RESULT, b"body")
        expect(await storage.get(RESULT), "a fresh entry is found")
        await asyncio.sleep(seconds + 1)
        expect(await storage.get(RESULT) is None, "an older one is missing")
        await storage.put(RESULT, b"body")
        expect(await storage.get(RESULT), "and found again when it is replaced")

    return checks_of({"expiring_entries": expiring_entries}, unblocked_storage)


def too_old_checks(seconds: float) -> tuple[Check, ...]:
    """Checks of a storage under keys by which entries are too old after so long: `check(create)`.

    The server reads it, by a clock that is set forward. unittest.SkipTest, which pytest knows, is
    raised where a storage cannot be asked, and says why.
    """
    return checks_of(
        {
            name: _within(work, seconds)
            for name, work in {
                "expired_results": _expired_results,
                "expired_sources": _expired_sources,
                "lasting_entries": _lasting,
                "pruning_expired": _pruning,
            }.items()
        },
        unblocked_storage,
    )


def _within(
    work: Callable[[Storage, float], Awaitable[None]], seconds: float
) -> Callable[[Storage], Awaitable[None]]:
    async def check(storage: Storage) -> None:
        await work(storage, seconds)

    check.__doc__ = work.__doc__
    return check


class _Clock:
    """The time, and so many seconds `ahead`."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class _Origin:
    """A loader that has another picture by now."""

    def __init__(self) -> None:
        self.asked = 0

    def allows(self, source: str) -> bool:
        return True

    async def load(self, wanted: SourceRequest) -> Source:
        self.asked += 1
        return Source(wanted.name, NEW)


async def _expired_results(storage: Storage, seconds: float) -> None:
    """A result is served until it is too old, then made anew, which is served again."""
    clock, job = _Clock(), _job()
    results = Results(_tolerant(storage), seconds, NoMetrics(), clock)
    await results.keep(job, Result(OLD, "image/jpeg"))
    await _expect_kept(storage, RESULT)
    for clock.ahead in (0.0, seconds / 2):
        found = await results.find(job)
        expect(found and found.body == OLD and not found.stale, "a fresh result is served")
    clock.ahead = seconds + 1
    expect(await results.find(job) is None, "one that is too old is not served")
    await results.keep(job, Result(NEW, "image/jpeg"))
    clock.ahead = 0.0
    found = await results.find(job)
    expect(found and found.body == NEW, "what was made anew is served")


async def _expired_sources(storage: Storage, seconds: float) -> None:
    """A source is taken from the storage until it is too old, then loaded anew and kept."""
    clock, origin, wanted = _Clock(), _Origin(), SourceRequest(SOURCE.name)
    sources = Sources(
        origin, _tolerant(storage), NoMetrics(), clock,
        expires_after=seconds, max_size=0, id_length=0,
    )  # fmt: skip
    await storage.put(SOURCE, OLD)
    await _expect_kept(storage, SOURCE)
    for clock.ahead in (0.0, seconds / 2):
        fetched = await sources.fetch(wanted)
        expect(fetched.source.body == OLD and not origin.asked, "a fresh source is not loaded")
    clock.ahead = seconds + 1
    fetched = await sources.fetch(wanted)
    expect(fetched.source.body == NEW and origin.asked == 1, "one that is too old is loaded anew")
    await sources.keep(fetched)
    clock.ahead = 0.0
    fetched = await sources.fetch(wanted)
    expect(fetched.source.body == NEW and origin.asked == 1, "and kept")


async def _lasting(storage: Storage, seconds: float) -> None:
    """Where entries never are too old, they are served however old they are."""
    clock, job = _Clock(), _job()
    await storage.put(RESULT, OLD)
    await _expect_kept(storage, RESULT)
    clock.ahead = seconds * 1000
    for never in (None, 0):
        found = await Results(_tolerant(storage), never, NoMetrics(), clock).find(job)
        expect(found and found.body == OLD, "a result that never expires is served")


async def _pruning(storage: Any, seconds: float) -> None:
    """Pruning removes results that are too old to be served, and leaves the others."""
    read: Callable[[Key], Awaitable[Stored | None]] = storage.get
    if not isinstance(storage, Tended):
        raise SkipTest("the storage does not prune: what is too old stays until it is replaced")
    if not isinstance(storage, KeepsTimes):
        raise SkipTest("the storage writes entries as of now alone: none can be old yet")
    fresh = Key(Kind.RESULT, "/unsafe/fresh.jpg")
    await storage.put_as_of(RESULT, Stored(OLD, time.time() - seconds - 5))
    await storage.put_as_of(fresh, Stored(NEW, time.time() - seconds / 2))
    await asyncio.to_thread(storage.prune)
    expect(await read(RESULT) is None, "what is too old is removed")
    expect(await read(fresh), "what is not stays")


async def _expect_kept(storage: Storage, key: Key) -> None:
    if await storage.get(key) is None:
        raise SkipTest("the storage keeps no such entry: none can be too old")


def _tolerant(storage: Storage) -> TolerantStorage:
    return TolerantStorage(storage, 0, NoMetrics())


def _job() -> Job:
    return Job(
        SourceRequest(SOURCE.name), (), Layout(), (), Output(), Negotiated(), EncodingSettings(),
        ImagingSettings(), RESULT, keep=True,
    )  # fmt: skip
