from __future__ import annotations

import asyncio

import pytest
from thumborlike.storages import mixed
from thumborlike.storages.memory import MemoryStorage

from thumborlike.interfaces import Closes, Key, Kind

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
