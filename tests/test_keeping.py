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
    actions = ("read", "write", "delete")
    assert [name for name in counts.names if "error" in name] == [
        f"storage.error.{action}" for action in actions
    ]
    assert counts.names.count("storage.outage.write") == 1
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


class Switched:
    """Fails, hangs or works, as it is told."""

    def __init__(self):
        self.state, self.asked = "works", 0

    async def get(self, key):
        self.asked += 1
        if self.state == "fails":
            raise StorageError("disk gone")
        if self.state == "hangs":
            await asyncio.sleep(10)
        return Stored(b"body", 1.0)

    async def put(self, key, body):
        await self.get(key)


def lines(caplog):
    return [record.getMessage() for record in caplog.records]


def test_an_outage_is_told_once_and_so_is_its_end(caplog):
    shelf, counts = Switched(), Counts()
    storage = TolerantStorage(shelf, 1, counts)

    async def scenario():
        shelf.state = "fails"
        for _ in range(50):
            assert await storage.get(KEY) is None
        shelf.state = "works"
        for _ in range(50):
            assert await storage.get(KEY)

    with caplog.at_level(logging.INFO):
        asyncio.run(scenario())
    assert lines(caplog) == [
        "storage: cannot read: disk gone",
        "storage: can read again after 50 failures in 0 s",
    ]
    assert counts.names.count("storage.error.read") == 50
    assert counts.names.count("storage.outage.read") == 1


def test_a_storage_that_fails_now_and_then_does_not_fill_the_log(caplog):
    now, shelf = [0.0], Switched()
    storage = TolerantStorage(shelf, 1, Counts(), clock=lambda: now[0])

    async def scenario():
        for _ in range(120):  # a minute and its half
            shelf.state = "fails" if shelf.state == "works" else "works"
            await storage.get(KEY)
            now[0] += 0.75

    with caplog.at_level(logging.INFO):
        asyncio.run(scenario())
    assert len(lines(caplog)) == 4


def test_a_full_disk_is_still_read():
    class Full(Switched):
        async def put(self, key, body):
            raise StorageError("disk full")

    async def scenario():
        storage = TolerantStorage(Full(), 1, Counts())
        for _ in range(20):
            await storage.put(KEY, b"x")
            assert await storage.get(KEY)

    asyncio.run(scenario())


def test_a_dead_storage_does_not_cost_each_request_its_timeout():
    shelf, counts = Switched(), Counts()
    storage = TolerantStorage(shelf, 0.02, counts)

    async def scenario():
        shelf.state = "hangs"
        for _ in range(100):
            assert await storage.get(KEY) is None
        return shelf.asked

    assert asyncio.run(scenario()) == 3
    assert counts.names.count("storage.skipped.read") == 97


def test_a_storage_that_is_back_is_noticed():
    now, shelf = [0.0], Switched()
    storage = TolerantStorage(shelf, 0.01, Counts(), clock=lambda: now[0])

    async def ask():
        return await storage.get(KEY)

    async def scenario():
        shelf.state = "hangs"
        for _ in range(10):
            await ask()
        assert shelf.asked == 3
        now[0] += 1.1
        for _ in range(10):
            await ask()
        assert shelf.asked == 4  # one tried
        now[0] += 1.1
        await ask()
        assert shelf.asked == 4  # the pause is longer now
        now[0] += 1
        shelf.state = "works"
        for _ in range(10):
            assert await ask()

    asyncio.run(scenario())


def test_errors_that_come_at_once_are_no_reason_to_wait():
    shelf = Switched()
    storage = TolerantStorage(shelf, 1, Counts())

    async def scenario():
        shelf.state = "fails"
        for _ in range(20):
            await storage.get(KEY)
        shelf.state = "works"
        assert await storage.get(KEY)

    asyncio.run(scenario())
