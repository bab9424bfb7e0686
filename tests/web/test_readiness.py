"""When a balancer is told to send requests here."""

import asyncio
from pathlib import Path

import pytest

from thumborlike.errors import StorageError
from thumborlike.interfaces import Key, Kind
from thumborlike.readiness import BELIEVED, Readiness
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
KEYS = {
    "SECURITY_KEY": "long enough a key", "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(PICTURES), "STORAGE": "no",
}  # fmt: skip
SOURCE, RESULT = Key(Kind.SOURCE, "readiness"), Key(Kind.RESULT, "/readiness")


@pytest.fixture
def asked(web):
    """`asked(path, change)`: the reply of a server whose service was changed in some way."""

    async def scenario(path, change, keys):
        service = build(load(overrides={**KEYS, **keys}))
        change(service)
        async with web.serving(service) as client:
            reply = await client.get(path)
        await service.drain(5)
        return reply

    return lambda path="/readiness", change=lambda _: None, **keys: asyncio.run(
        scenario(path, change, keys)
    )


def leaving(service):
    service.leaving = True


def no_workers(service):
    service.readiness = Readiness(lambda: False, {}, 0)


@pytest.mark.parametrize("path", ["/readiness", "/readiness/"])
def test_a_server_with_workers_is_ready(asked, path):
    reply = asked(path)
    assert (reply.status, reply.body) == (200, b"READY")
    assert reply.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("change", [leaving, no_workers])
def test_one_that_leaves_or_has_no_worker_is_not(asked, change):
    assert asked(change=change).status == 503


def test_the_health_check_asks_for_no_worker(asked):
    reply = asked("/healthcheck", no_workers)
    assert (reply.status, reply.body) == (200, b"WORKING")


def test_another_path_or_none(asked):
    assert asked("/ready", READINESS_ROUTE="/ready").body == b"READY"
    assert asked(READINESS_ROUTE="").status in (400, 404)


class Held:
    """A storage that counts, and fails or hangs if it is told to."""

    def __init__(self, trouble=None):
        self.trouble, self.gets = trouble, 0

    async def get(self, key):
        self.gets += 1
        if self.trouble == "late":
            await asyncio.sleep(60)
        if self.trouble:
            raise StorageError("down")


def lacking(storages, timeout=5.0, times=1, clock=lambda: 0.0):
    async def scenario():
        made = Readiness(lambda: True, storages, timeout, clock)
        return [await made.lacking() for _ in range(times)]

    return asyncio.run(scenario())[-1]


def test_storages_that_answer_are_not_lacking():
    assert lacking({SOURCE: Held(), RESULT: Held()}) == ""


@pytest.mark.parametrize(("trouble", "timeout"), [("down", 5.0), ("late", 0.01)])
def test_a_storage_that_fails_or_is_late_is_named(trouble, timeout):
    told = lacking({SOURCE: Held(), RESULT: Held(trouble)}, timeout)
    assert told == "the storage of results does not answer"


def test_who_asks_often_asks_no_storage():
    often, seldom, moments = Held(), Held(), iter(range(0, 1000, int(BELIEVED) + 1))
    lacking({SOURCE: often}, times=100)
    lacking({SOURCE: seldom}, times=3, clock=lambda: next(moments))
    assert often.gets == 1
    assert seldom.gets == 3


@pytest.mark.parametrize("wanted", [True, False])
def test_storages_count_where_that_is_wanted(asked, monkeypatch, wanted):
    async def fails(*_):
        raise StorageError("down")

    monkeypatch.setattr("thumborlike.storages.memory.MemoryStorage.get", fails)
    assert asked(STORAGE="memory", READINESS_STORAGES=wanted).status == (503 if wanted else 200)
