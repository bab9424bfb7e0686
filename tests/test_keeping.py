import asyncio
import logging

from thumborlike.errors import StorageError
from thumborlike.interfaces import Key, Kind, Stored
from thumborlike.keeping import TolerantStorage

KEY = Key(Kind.RESULT, "/unsafe/a.jpg")


class Counts:
    def __init__(self):
        self.names = []

    def incr(self, name, value=1):
        self.names.append(name)

    def timing(self, name, milliseconds):
        pass


class Broken:
    async def get(self, key):
        raise StorageError("disk gone")

    async def put(self, key, body):
        raise StorageError("disk full")

    async def delete(self, key):
        raise StorageError("read-only")


class Slow:
    async def get(self, key):
        await asyncio.sleep(10)

    async def put(self, key, body):
        await asyncio.sleep(10)

    delete = get


def test_a_broken_storage_is_a_miss_and_is_told_of_once_per_operation(caplog):
    counts = Counts()
    storage = TolerantStorage(Broken(), 1, counts)

    async def scenario():
        assert await storage.get(KEY) is None
        await storage.put(KEY, b"x")
        await storage.delete(KEY)

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert counts.names == ["storage.error.read", "storage.error.write", "storage.error.delete"]
    assert len(caplog.records) == 3
    assert "disk full" in caplog.text


def test_a_slow_storage_is_a_miss_after_its_time():
    storage = TolerantStorage(Slow(), 0.01, Counts())

    async def scenario():
        assert await storage.get(KEY) is None
        await storage.put(KEY, b"x")

    asyncio.run(scenario())


def test_empty_entries_do_not_count():
    class Empty:
        async def get(self, key):
            return Stored(b"", 1.0)

    assert asyncio.run(TolerantStorage(Empty(), 1, Counts()).get(KEY)) is None
