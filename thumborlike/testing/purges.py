"""What a storage promises that purges, that keeps times, or that tells what it holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ..interfaces import KeepsTimes, Key, Kind, Purges, Stored, Tended
from ..threads import unblocked_storage
from .checks import Check, checks_of, expect
from .storages import NAMES, RESULT, SOURCE, VARIANTS

AGE = 1000.0
"""Seconds: an entry of that age is not too old for any default."""


def purge_checks() -> tuple[Check, ...]:
    """Checks of a storage that `Purges`: `check(create)`."""
    return checks_of(_OF_PURGES, unblocked_storage)


def age_checks() -> tuple[Check, ...]:
    """Checks of a storage that `KeepsTimes`: `check(create)`."""
    return checks_of(_OF_AGES, unblocked_storage)


def tended_checks() -> tuple[Check, ...]:
    """Checks of a storage that is `Tended`, and holds nothing yet: `check(create)`."""
    return checks_of(_OF_TENDED, unblocked_storage)


def _made_of(number: int, *sources: str, variant: str = "default") -> Key:
    return Key(Kind.RESULT, f"/unsafe/{number}x{number}/a.jpg", variant, made_of=sources)


async def _purging(storage: Any) -> None:
    """Purging a source removes it and what was made of it, and nothing else."""
    expect(isinstance(storage, Purges), "purge is promised")
    of = [("a.jpg",), ("a.jpg", "mark.png"), ("b.jpg", "a.jpg"), ("b.jpg",), ("mark.png",)]
    results = [_made_of(number, *made) for number, made in enumerate(of)]
    own = [Key(Kind.SOURCE, "a.jpg"), Key(Kind.FOCAL_POINTS, "a.jpg")]
    others = [Key(Kind.SOURCE, "b.jpg"), Key(Kind.SECURITY_KEY, "a.jpg")]
    for key in (*results, *own, *others):
        await storage.put(key, b"body")
    removed = await storage.purge("a.jpg")
    expect(removed >= len(own), "it tells how many entries it has removed")
    for key in (*results[:3], *own):
        expect(await storage.get(key) is None, f"{key.name} is made of what was purged")
    for key in (*results[3:], *others):
        expect(await storage.get(key), f"{key.name} has nothing to do with what was purged")
    expect(await storage.purge("a.jpg") == 0, "nothing is left of it")


async def _purging_variants(storage: Any) -> None:
    """All variants of a result go."""
    keys = [_made_of(1, "a.jpg", variant=each) for each in VARIANTS]
    for key in keys:
        await storage.put(key, b"body")
    await storage.purge("a.jpg")
    left = [key.variant for key in keys if await storage.get(key)]
    expect(not left, f"variants of what was purged are left: {left}")


async def _purging_any_name(storage: Any) -> None:
    """A source of any name is purged, and none is purged for another."""
    for number, name in enumerate(NAMES):
        await storage.put(_made_of(number, name), b"body")
    for number, name in enumerate(NAMES):
        key = _made_of(number, name)
        expect(await storage.get(key), f"{name[:40]!r} was not purged yet")
        await storage.purge(name)
        expect(await storage.get(key) is None, f"{name[:40]!r} is purged")


async def _purging_then_putting(storage: Any) -> None:
    """What is made after the purge is kept, and purged by the next one."""
    key = _made_of(1, "a.jpg")
    for turn in range(5):
        body = b"%d" % turn
        await storage.put(key, body)
        stored = await storage.get(key)
        expect(stored and stored.body == body, "what is put after a purge is found")
        expect(await storage.purge("a.jpg") > 0, "and goes with the next purge")


async def _purging_meanwhile(storage: Any) -> None:
    """Whatever writers do meanwhile: what is kept is found by the next purge."""
    keys = [_made_of(number, "a.jpg", "b.jpg") for number in range(8)]

    async def write(turn: int) -> None:
        for key in keys:
            await storage.put(key, b"%d" % turn)

    async def purge(_: int) -> None:
        for name in ("a.jpg", "b.jpg"):
            await storage.purge(name)

    await asyncio.gather(*((purge if turn % 3 == 0 else write)(turn) for turn in range(12)))
    await storage.purge("b.jpg")
    left = [key.name for key in keys if await storage.get(key)]
    expect(not left, f"results that no purge finds: {left}")


async def _keeping_times(storage: Any) -> None:
    """What is put as of a time was written then; and what replaces it, now."""
    expect(isinstance(storage, KeepsTimes), "put_as_of is promised")
    now = time.time()
    for key in (SOURCE, RESULT):
        await storage.put_as_of(key, Stored(b"old", now - AGE))
        old = await storage.get(key)
        expect(old and abs(old.modified - (now - AGE)) < 2, "it is as old as it was put")
        await storage.put(key, b"new")
        new = await storage.get(key)
        expect(new and new.body == b"new" and new.modified > now - 2, "what replaces it is new")


async def _telling(storage: Any) -> None:
    """It tells what it holds, and in all what it holds of each kind."""
    expect(isinstance(storage, Tended), "stats and prune are promised")
    for key in (SOURCE, RESULT, _made_of(1), _made_of(2)):
        await storage.put(key, b"x" * 5000)
    held = await asyncio.to_thread(storage.stats)
    expect(sum(each.entries for each in held) == 4, "four entries are there")
    expect(sum(each.size for each in held) >= 4 * 5000, "and their bytes")
    expect(len({each.name for each in held}) == len(held), "each place has its own name")
    for each in held:
        told = sum(share.entries for share in each.shares)
        expect(not each.shares or told == each.entries, "kinds add up")
        recent = each.oldest is None or abs(time.time() - each.oldest) < 600
        expect(recent, "the oldest entry is of now")


async def _pruning(storage: Any) -> None:
    """Pruning without a bound leaves what is fresh, with one it makes room for it; uploads stay."""
    upload = Key(Kind.SOURCE, "0123456789abcdef" * 2)
    results = [_made_of(number, "a.jpg") for number in range(10)]
    for key in (upload, *results):
        await storage.put(key, b"x" * 10_000)
    await asyncio.to_thread(storage.prune)
    left = [key for key in results if await storage.get(key)]
    expect(left == results, "what is neither old nor beyond a bound stays")
    done = await asyncio.to_thread(storage.prune, 50_000)
    expect(sum(gone.entries for _, gone in done) > 0, "it tells what was removed")
    left = [key for key in results if await storage.get(key)]
    expect(len(left) <= 5, "what is beyond the bound goes")
    expect(await storage.get(upload), "an upload is never removed")


_OF_PURGES: dict[str, Callable[..., Awaitable[None]]] = {
    "purging": _purging,
    "purging_variants": _purging_variants,
    "purging_any_name": _purging_any_name,
    "purging_then_putting": _purging_then_putting,
    "purging_meanwhile": _purging_meanwhile,
}
_OF_AGES: dict[str, Callable[..., Awaitable[None]]] = {"keeping_times": _keeping_times}
_OF_TENDED: dict[str, Callable[..., Awaitable[None]]] = {
    "telling_what_is_there": _telling,
    "making_room": _pruning,
}
