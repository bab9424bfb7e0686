"""One job on several servers."""

from __future__ import annotations

import asyncio
import importlib
import time
from pathlib import Path

import pytest
from doubles import Quiet
from redis_server import RedisServer, needs_redis

from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.http.message import Request
from thumborlike.interfaces import Key, Kind
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.turns import LAPSE, Turns

KEY = Key(Kind.RESULT, "/unsafe/a.jpg")
PICTURE = Path(__file__).parent / "pictures" / "photo.jpg"
LOADER = f"""
import asyncio
from pathlib import Path
from thumborlike.errors import SourceFailed
from thumborlike.interfaces import Source

loads = []

class Loader:
    def allows(self, source):
        return True

    async def load(self, wanted):
        loads.append(wanted.name)
        await asyncio.sleep(0.4)
        if wanted.name == "broken":
            raise SourceFailed("broken")
        return Source(wanted.name, Path({str(PICTURE)!r}).read_bytes())

def create(env):
    return Loader()
"""


class Board:
    """Locks in a dict."""

    def __init__(self, fails=None):
        self.held = {}
        self.fails = fails
        self.asked = 0
        self.extended = []

    async def acquire(self, key, seconds):
        self.asked += 1
        if self.fails:
            raise self.fails
        if key in self.held:
            return None
        self.held[key] = str(self.asked)
        return self.held[key]

    async def extend(self, key, token, seconds):
        self.extended.append(seconds)
        return self.held.get(key) == token

    async def release(self, key, token):
        if self.held.get(key) == token:
            del self.held[key]


def turns(board, seconds=1.0, timeout=1.0):
    return Turns(board, seconds, Quiet(), timeout)


def test_one_has_the_turn_and_the_others_wait():
    async def scenario():
        board, inside, most, told = Board(), 0, 0, []

        async def work(each):
            nonlocal inside, most
            async with each.of(KEY) as waited:
                inside += 1
                most = max(most, inside)
                told.append(waited)
                await asyncio.sleep(0.02)
                inside -= 1

        await asyncio.gather(*(work(turns(board)) for _ in range(5)))
        return most, told, board.held

    assert asyncio.run(scenario()) == (1, [False, True, True, True, True], {})


def test_nobody_waits_for_ever():
    async def scenario():
        board = Board()
        board.held[KEY] = "of a server that died"
        began = time.monotonic()
        async with turns(board, seconds=0.3).of(KEY) as waited:
            return waited, time.monotonic() - began, board.asked

    waited, seconds, asked = asyncio.run(scenario())
    assert waited
    assert 0.25 < seconds < 1
    assert asked < 15


def test_a_lock_is_held_for_a_short_time_that_is_extended_while_work_goes_on():
    async def scenario():
        board, taken = Board(), []
        acquire = board.acquire

        async def seen(key, seconds):
            taken.append(seconds)
            return await acquire(key, seconds)

        board.acquire = seen
        async with turns(board, seconds=0.15).of(KEY):
            await asyncio.sleep(0.3)
            during = len(board.extended)
        await asyncio.sleep(0.1)
        async with turns(board, seconds=60).of(KEY):
            pass
        return taken, during, len(board.extended)

    taken, during, in_all = asyncio.run(scenario())
    assert taken == [0.15, LAPSE]
    assert 2 <= during == in_all


def test_what_is_lost_is_not_extended_again():
    async def scenario():
        board = Board()
        async with turns(board, seconds=0.06).of(KEY):
            board.held[KEY] = "of another"
            await asyncio.sleep(0.2)
        return board.extended, board.held

    extended, held = asyncio.run(scenario())
    assert (len(extended), held) == (1, {KEY: "of another"})


@pytest.mark.parametrize("error", [StorageError("away"), asyncio.TimeoutError()])
def test_locks_that_cannot_be_had_cost_nothing(error):
    async def scenario():
        async with turns(Board(fails=error)).of(KEY) as waited:
            return waited

    assert asyncio.run(scenario()) is False


def test_a_turn_ends_whatever_happens_in_it():
    async def scenario():
        board = Board()
        with pytest.raises(ZeroDivisionError):
            async with turns(board).of(KEY):
                raise ZeroDivisionError
        task = asyncio.ensure_future(hold(board))
        await asyncio.sleep(0.05)
        assert board.held
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return board.held

    async def hold(board):
        async with turns(board).of(KEY):
            await asyncio.sleep(10)

    assert asyncio.run(scenario()) == {}


@pytest.fixture
def nodes(tmp_path, monkeypatch):
    """`nodes(port, paths, **keys)`: what three servers answer that are asked at once."""
    name = f"slow_{tmp_path.name}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "loader.py").write_text(LOADER)
    monkeypatch.syspath_prepend(tmp_path)

    def ask(port, paths, **keys):
        values = {
            "LOADER": f"{name}.loader",
            "STORAGE": "no",
            "RESULT_STORAGE": "redis",
            "RESULT_STORAGE_STORES_UNSAFE": True,
            "REDIS_RESULT_STORAGE_SERVER_HOST": "127.0.0.1",
            "REDIS_RESULT_STORAGE_SERVER_PORT": port,
            "REDIS_TIMEOUT_SECONDS": 5.0,
            "RESULT_LOCKS": True,
            **keys,
        }
        conf = tmp_path / "thumbor.conf"
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        answers = asyncio.run(_asked(conf, paths))
        return answers, importlib.import_module(f"{name}.loader").loads

    return ask


async def _asked(conf, paths):
    services = [build(load(conf)) for _ in range(3)]
    try:
        calls = [each.handle(Request("GET", path)) for each in services for path in paths]
        return await asyncio.gather(*calls)
    finally:
        for each in services:
            await each.drain(5)


@needs_redis
def test_servers_that_share_a_redis_do_one_job(nodes, tmp_path):
    with RedisServer(tmp_path / "redis") as redis:
        answers, loads = nodes(redis.port, ["/unsafe/60x40/a.jpg", "/unsafe/30x20/a.jpg"])
    assert {each.status for each in answers} == {200}
    assert len({each.body for each in answers}) == 2
    assert len(loads) <= 2  # one for each result, or one for both


@needs_redis
def test_without_locks_each_server_works(nodes, tmp_path):
    with RedisServer(tmp_path / "redis") as redis:
        answers, loads = nodes(redis.port, ["/unsafe/60x40/a.jpg"], RESULT_LOCKS=False)
    assert {each.status for each in answers} == {200}
    assert len(loads) == 3


@needs_redis
def test_a_failure_is_not_waited_for_longer_than_it_takes(nodes, tmp_path):
    began = time.monotonic()
    with RedisServer(tmp_path / "redis") as redis:
        answers, loads = nodes(redis.port, ["/unsafe/60x40/broken"])
    assert {each.status for each in answers} == {502}
    assert len(loads) == 3
    assert time.monotonic() - began < 8


def test_a_redis_that_is_away_costs_no_answer(nodes):
    answers, loads = nodes(1, ["/unsafe/60x40/a.jpg"])
    assert {each.status for each in answers} == {200}
    assert len(loads) == 3


@pytest.mark.parametrize("name", ["memory", "tiered", "mixed"])
def test_locks_need_a_storage_that_has_them(nodes, name):
    parts = {"TIERED_STORAGE_TIERS": ["memory", "file"], "MIXED_STORAGE_FILE_STORAGE": "memory"}
    with pytest.raises(ConfigurationError, match="RESULT_LOCKS"):
        nodes(1, ["/unsafe/60x40/a.jpg"], RESULT_STORAGE=name, **parts)
