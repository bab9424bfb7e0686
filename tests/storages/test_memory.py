from __future__ import annotations

import asyncio

import pytest
from thumborlike.storages import memory
from thumborlike.storages.memory import OVERHEAD, MemoryStorage

from thumborlike.interfaces import Key, Kind

from .conftest import Env

BODY = b"x" * 1000
ENTRY = OVERHEAD + len("a") + len(BODY)


def key(name: str) -> Key:
    return Key(Kind.SOURCE, name)


def names(storage: MemoryStorage, candidates: str) -> str:
    """Which of these one-letter names are kept; looking does not count as use here."""
    return "".join(name for name in candidates if key(name) in storage._entries)


def test_the_least_recently_used_goes_first():
    async def scenario():
        storage = MemoryStorage(3 * ENTRY)
        for name in "abc":
            await storage.put(key(name), BODY)
        assert await storage.get(key("a"))
        await storage.put(key("d"), BODY)
        return names(storage, "abcd")

    assert asyncio.run(scenario()) == "acd"


def test_writing_counts_as_use_and_an_entry_counts_once():
    async def scenario():
        storage = MemoryStorage(2 * ENTRY)
        for name in "ababacb":
            await storage.put(key(name), BODY)
        return names(storage, "abc")

    assert asyncio.run(scenario()) == "bc"


def test_what_is_deleted_leaves_its_room():
    async def scenario():
        storage = MemoryStorage(2 * ENTRY)
        for name in "ab":
            await storage.put(key(name), BODY)
        await storage.delete(key("a"))
        await storage.put(key("c"), BODY)
        return names(storage, "abc")

    assert asyncio.run(scenario()) == "bc"


def test_what_is_too_large_is_not_kept_and_costs_nobody_else():
    async def scenario():
        storage = MemoryStorage(2 * ENTRY)
        for name in "ab":
            await storage.put(key(name), BODY)
        await storage.put(key("a"), BODY * 10)
        return names(storage, "ab")

    assert asyncio.run(scenario()) == "b"


def test_many_tiny_entries_are_bounded():
    async def scenario():
        storage = MemoryStorage(100 * OVERHEAD)
        for number in range(1000):
            await storage.put(key(str(number)), b"x")
        return len(storage._entries)

    assert asyncio.run(scenario()) < 100


@pytest.mark.parametrize("size", [0, 1])
def test_without_room_nothing_is_kept(size):
    async def scenario():
        storage = MemoryStorage(size)
        await storage.put(key("a"), b"x")
        return await storage.get(key("a"))

    assert asyncio.run(scenario()) is None


def test_the_time_of_writing_is_the_clocks():
    async def scenario():
        storage = MemoryStorage(2 * ENTRY, clock=lambda: 12.5)
        await storage.put(key("a"), BODY)
        return (await storage.get(key("a"))).modified

    assert asyncio.run(scenario()) == 12.5


def test_its_size_is_a_setting():
    async def scenario():
        storage = memory.create(Env({"memory_storage_max_bytes": ENTRY}))
        for name in "ab":
            await storage.put(key(name), BODY)
        return names(storage, "ab")

    assert asyncio.run(scenario()) == "b"
    assert memory.SETTINGS().memory_storage_max_bytes == 256 * 2**20
