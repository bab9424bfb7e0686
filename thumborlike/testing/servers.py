"""What a storage promises that stands on a server: while that is dead, and about locks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ..errors import StorageError
from ..interfaces import Key, Kind, Locks, Storage
from ..threads import unblocked_storage
from .checks import Check, checks_of, expect, raising
from .storages import RESULT, SOURCE

AT_ONCE = 5.0
"""Seconds in which a storage that is out of order must have said so."""


def dead_storage_checks() -> tuple[Check, ...]:
    """Checks of a storage whose server does not answer: `check(create)` makes such a one."""
    return checks_of(_WHEN_DEAD, unblocked_storage)


def lock_checks() -> tuple[Check, ...]:
    """Checks of a storage that has `Locks`: `check(create)`."""
    return checks_of(_OF_LOCKS, unblocked_storage)


async def _dead(storage: Storage, ask: Callable[[], Awaitable[Any]]) -> None:
    began = time.monotonic()
    with raising(StorageError, "a dead storage"):
        await ask()
    expect(time.monotonic() - began < AT_ONCE, f"it fails within {AT_ONCE:g} s")


async def _dead_get(storage: Storage) -> None:
    """Reading fails with StorageError, and soon."""
    await _dead(storage, partial(storage.get, SOURCE))


async def _dead_put(storage: Storage) -> None:
    """Writing fails with StorageError, and soon."""
    await _dead(storage, partial(storage.put, SOURCE, b"body"))


async def _dead_delete(storage: Storage) -> None:
    """Deleting fails with StorageError, and soon."""
    await _dead(storage, partial(storage.delete, SOURCE))


async def _dead_for_many(storage: Storage) -> None:
    """Many who ask at once all hear StorageError, and soon."""
    began = time.monotonic()
    asked = [storage.get(SOURCE) for _ in range(50)]
    for each in await asyncio.gather(*asked, return_exceptions=True):
        expect(isinstance(each, StorageError), f"StorageError is promised, not {each!r}")
    expect(time.monotonic() - began < AT_ONCE, f"they fail within {AT_ONCE:g} s")


async def _locking(storage: Any) -> None:
    """One of many gets a lock, and the next one when it is released."""
    expect(isinstance(storage, Locks), "acquire, extend and release are promised")
    tokens = await asyncio.gather(*(storage.acquire(RESULT, 10.0) for _ in range(20)))
    (token,) = (each for each in tokens if each is not None)
    await storage.release(RESULT, token)
    expect(await storage.acquire(RESULT, 10.0) is not None, "a released lock can be had")


async def _expiring(storage: Any) -> None:
    """A lock that nobody releases expires, and its old holder cannot release the new one's."""
    old = await storage.acquire(RESULT, 0.1)
    await asyncio.sleep(0.3)
    new = await storage.acquire(RESULT, 0.2)
    expect(old and new and old != new, "an expired lock can be had, under another token")
    expect(await storage.extend(RESULT, new, 10.0), "a lock can be extended by its holder")
    expect(not await storage.extend(RESULT, old, 10.0), "and by nobody else")
    await asyncio.sleep(0.4)
    await storage.release(RESULT, old)
    expect(await storage.acquire(RESULT, 10.0) is None, "a lock is released by its holder alone")
    await storage.release(RESULT, new)


async def _lock_per_result(storage: Any) -> None:
    """Each result and variant has a lock of its own, and a lock is no entry."""
    other = Key(Kind.RESULT, RESULT.name, "auto_webp")
    held = [await storage.acquire(key, 10.0) for key in (RESULT, other)]
    expect(None not in held, "locks of two results do not meet")
    expect(await storage.get(RESULT) is None, "a lock is no entry")


_WHEN_DEAD: dict[str, Callable[..., Awaitable[None]]] = {
    "dead_get": _dead_get,
    "dead_put": _dead_put,
    "dead_delete": _dead_delete,
    "dead_for_many": _dead_for_many,
}
_OF_LOCKS: dict[str, Callable[..., Awaitable[None]]] = {
    "locking": _locking,
    "expiring_locks": _expiring,
    "a_lock_per_result": _lock_per_result,
}
