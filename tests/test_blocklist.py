import asyncio

import pytest

from thumborlike.blocklist import KEY, BlockList
from thumborlike.errors import MalformedRequest, StorageError
from thumborlike.interfaces import Stored


class Shelf:
    def __init__(self, body=None):
        self.body = body
        self.broken = False
        self.reads = 0

    async def get(self, key):
        assert key == KEY
        self.reads += 1
        await asyncio.sleep(0)
        if self.broken:
            raise StorageError("disk")
        return Stored(self.body, 0.0) if self.body is not None else None

    async def put(self, key, body):
        await asyncio.sleep(0)
        self.body = body


def blocks(entry, source):
    return asyncio.run(BlockList(Shelf(entry.encode() + b"\n")).blocks(source))


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("http%3A//h/i.jpg", "http%3A//h/i.jpg"),
        ("http://h/i.jpg", "http%3A//h/i.jpg"),
        ("http://h/i.jpg", "h/i.jpg"),
        ("h/i.jpg", "http%3A//h/i.jpg"),
        ("h/i.jpg", "https%3A//h/i.jpg"),
        ("http://h/a b.jpg", "http%3A//h/a%20b.jpg"),
        ("http://h/a%20b.jpg", "h/a%2520b.jpg"),
        ("h/i.jpg", "h/%2569.jpg"),
        ("h/i.jpg", "H/i.jpg"),
        ("h/i.jpg", "h/i.jpg%23fragment"),
        ("h/á.jpg", "h/%C3%A1.jpg"),
    ],
)
def test_a_line_blocks_its_source_in_every_spelling(entry, source):
    assert blocks(entry, source)


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("http://h/i.jpg", "h"),
        ("http://h/i.jpg", "h/"),
        ("h/i.jpg", "h/i.jpg2"),
        ("h/i.jpg", "xh/i.jpg"),
        ("h/i.jpg", "h/I.jpg"),
        ("", "h/i.jpg"),
        ("  ", ""),
    ],
)
def test_it_blocks_nothing_else(entry, source):
    assert not blocks(entry, source)


def test_without_a_list_nothing_is_blocked():
    assert not asyncio.run(BlockList(Shelf()).blocks("h/i.jpg"))


def test_an_addition_counts_at_once_and_keeps_what_was_there():
    async def scenario():
        shelf = Shelf(b"h/old.jpg")
        blocked = BlockList(shelf)
        assert not await blocked.blocks("h/new.jpg")
        await blocked.add("h/new.jpg")
        assert await blocked.blocks("h/new.jpg")
        assert await blocked.blocks("h/old.jpg")
        assert shelf.body == b"h/old.jpg\nh/new.jpg\n"
        assert await blocked.text() == shelf.body

    asyncio.run(scenario())


def test_concurrent_additions_do_not_lose_each_other():
    async def scenario():
        shelf = Shelf()
        blocked = BlockList(shelf)
        await asyncio.gather(*(blocked.add(f"h/{number}") for number in range(20)))
        assert len(shelf.body.splitlines()) == 20

    asyncio.run(scenario())


@pytest.mark.parametrize("line", ["", "  ", "a\nb"])
def test_a_line_must_be_one_line(line):
    with pytest.raises(MalformedRequest):
        asyncio.run(BlockList(Shelf()).add(line))


def test_a_failing_storage_leaves_the_last_known_list():
    async def scenario():
        now = 0.0
        shelf = Shelf(b"h/i.jpg\n")
        blocked = BlockList(shelf, lambda: now)
        assert await blocked.blocks("h/i.jpg")
        shelf.broken = True
        now = 100.0
        assert await blocked.blocks("h/i.jpg")
        shelf.broken, shelf.body, now = False, b"", 200.0
        assert not await blocked.blocks("h/i.jpg")

    asyncio.run(scenario())


def test_an_outage_is_told_once(caplog):
    async def scenario():
        now = 0.0
        shelf = Shelf(b"")
        blocked = BlockList(shelf, lambda: now)
        for shelf.broken in (True,) * 5 + (False,) + (True,) * 5:
            now += 100.0
            await blocked.blocks("h/i.jpg")

    asyncio.run(scenario())
    assert len(caplog.records) == 2


def test_the_list_is_not_read_for_every_request():
    async def scenario():
        now = 0.0
        shelf = Shelf(b"h/i.jpg\n")
        blocked = BlockList(shelf, lambda: now)
        for _ in range(10):
            await blocked.blocks("h/x.jpg")
        assert shelf.reads == 1
        now = 1.0
        await blocked.blocks("h/x.jpg")
        assert shelf.reads == 2

    asyncio.run(scenario())
