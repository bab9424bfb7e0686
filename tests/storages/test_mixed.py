from __future__ import annotations

import asyncio

import pytest
from locking import Locking
from thumborlike.storages import mixed
from thumborlike.storages.memory import MemoryStorage

from thumborlike.interfaces import Closes, Key, Kind, Locks, Stored

from .conftest import Env

PARTS = {
    Kind.SOURCE: "files",
    Kind.RESULT: "files",
    Kind.SECURITY_KEY: "keys",
    Kind.FOCAL_POINTS: "points",
}


class Holding(MemoryStorage):
    """Keeps entries, and is closed."""

    def __init__(self):
        super().__init__(1 << 20)
        self.closed = 0

    async def close(self):
        self.closed += 1


def make(**made):
    values = {
        "mixed_storage_file_storage": "files",
        "mixed_storage_crypto_storage": "keys",
        "mixed_storage_detector_storage": "points",
    }
    return mixed.create(Env(values, made))


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_its_storage(kind):
    parts = {name: Holding() for name in set(PARTS.values())}
    storage, key = make(**parts), Key(kind, "a.jpg")

    async def scenario():
        await storage.put(key, b"body")
        found = {name for name, part in parts.items() if await part.get(key)}
        assert found == {PARTS[kind]}
        assert (await storage.get(key)).body == b"body"
        await storage.delete(key)
        return await parts[PARTS[kind]].get(key)

    assert asyncio.run(scenario()) is None


def test_nothing_is_kept_unless_configured():
    storage = mixed.create(Env())

    async def scenario():
        for kind in Kind:
            await storage.put(Key(kind, "a.jpg"), b"body")
        return [await storage.get(Key(kind, "a.jpg")) for kind in Kind]

    assert asyncio.run(scenario()) == [None] * 4


def test_what_the_parts_hold_is_released_once():
    shared, plain = Holding(), MemoryStorage(0)
    storage = make(files=shared, keys=shared, points=plain)
    assert isinstance(storage, Closes)
    asyncio.run(storage.close())
    assert shared.closed == 1


def test_its_locks_are_those_of_the_results():
    assert isinstance(make(files=Locking(0), keys=MemoryStorage(0), points=MemoryStorage(0)), Locks)
    parts = {"files": MemoryStorage(0), "keys": Locking(0), "points": MemoryStorage(0)}
    assert not isinstance(make(**parts), Locks)


def test_what_is_copied_stays_as_old_as_it_is():
    storage = make(files=MemoryStorage(9999), keys=MemoryStorage(0), points=MemoryStorage(0))

    async def scenario():
        await storage.put_as_of(Key(Kind.SOURCE, "a.jpg"), Stored(b"body", 1000.0))
        return (await storage.get(Key(Kind.SOURCE, "a.jpg"))).modified

    assert asyncio.run(scenario()) == 1000


def test_it_tells_what_its_parts_hold_each_once(env):
    env.values |= {"mixed_storage_crypto_storage": "file"}
    storage = env.storage("mixed")
    asyncio.run(storage.put(Key(Kind.SOURCE, "a.jpg"), b"body"))
    assert [each.entries for each in storage.stats()] == [1, 0]
    assert [left.entries for left, _ in storage.prune()] == [1, 0]
