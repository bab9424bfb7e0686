"""Shared pixels and the order of work, through the whole service."""

import asyncio
import logging
import re
import time
from pathlib import Path

import pytest

from thumborlike.http.message import Request
from thumborlike.making import Sweeper, host_of
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parent / "pictures"
LADDER = [
    f"/unsafe/fit-in/{side}x{side}/filters:format({kind})/large.jpg"
    for side in (60, 120, 300, 600, 900)
    for kind in ("jpeg", "webp")
]


@pytest.fixture
def service_with(tmp_path):
    """`service_with(KEY=value)`: a service on the test pictures that stores nothing."""

    def make(**keys):
        conf = tmp_path / "thumbor.conf"
        values = {
            "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(PICTURES),
            "STORAGE": "no",
            **keys,
        }
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        return build(load(conf))

    return make


def counted(caplog, name):
    return sum(len(re.findall(name, each.getMessage())) for each in caplog.records)


async def asked(service, paths):
    try:
        return await asyncio.gather(*(service.handle(Request("GET", path)) for path in paths))
    finally:
        await service.drain(5)


def test_a_srcset_ladder_is_decoded_once(service_with, caplog):
    caplog.set_level(logging.DEBUG)

    async def scenario():
        return await asked(service_with(), LADDER)

    answers = asyncio.run(scenario())
    assert {each.status for each in answers} == {200}
    assert counted(caplog, r"decoded_cache\.miss") == 1
    assert counted(caplog, r"decoded_cache\.hit") == len(LADDER) - 1


def test_sharing_can_be_switched_off(service_with, caplog):
    caplog.set_level(logging.DEBUG)

    async def scenario():
        return await asked(service_with(DECODED_CACHE_BYTES=0), LADDER[:2])

    assert {each.status for each in asyncio.run(scenario())} == {200}
    assert counted(caplog, "decoded_cache") == 0


def test_small_pictures_are_quick_under_a_flood_of_large_ones_which_all_come(service_with):
    async def scenario():
        service = service_with(WORKERS=1)
        large = [f"/unsafe/{1300 + n}x900/filters:format(webp)/large.jpg" for n in range(12)]
        started = time.monotonic()

        async def ask(path):
            answer = await service.handle(Request("GET", path))
            assert answer.status == 200
            return time.monotonic() - started

        flood = [asyncio.create_task(ask(path)) for path in large]
        await asyncio.sleep(0.05)  # all of them wait by now
        small = [await ask(f"/unsafe/{20 + n}x20/photo.jpg") for n in range(2)]
        times = sorted(await asyncio.gather(*flood))
        await service.drain(5)
        return small, times

    small, times = asyncio.run(scenario())
    still_waiting = [each for each in times if each > small[-1]]
    assert len(still_waiting) > 2  # in order of arrival it would be none


def test_the_sweeper_rests_when_nothing_is_left():
    async def scenario():
        left = [True, True, False]
        sweeper = Sweeper(lambda: left.pop(0), 0.001)
        sweeper.wake()
        sweeper.wake()
        await asyncio.sleep(0.05)
        assert left == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("http%3A//h.example/a.jpg", "h.example"),
        ("https%3A//user%3Apw%40H.example%3A80/a.jpg", "h.example:80"),
        ("http%3A//a@h.example/a.jpg", "h.example"),
        ("h.example/a.jpg", "h.example"),
        ("/folder/a.jpg", "folder"),
    ],
)
def test_the_host_that_has_a_share(name, host):
    assert host_of(name) == host
