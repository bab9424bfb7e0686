"""Origins that stall or fail: what it costs those who ask, and those who ask for others."""

import asyncio
import time
from pathlib import Path

import origin as upstream

from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

EVERYWHERE = "0.0.0.0"
FINE = "/fine.jpg"
PICTURE = (Path(__file__).parents[1] / "pictures" / "photo.jpg").read_bytes()


async def gone(origin, most=0, seconds=3):
    """Whether connections at the origin come down to so many."""
    end = time.monotonic() + seconds
    while origin.open > most and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return origin.open <= most


def scene(tmp_path, play, routes, **keys):
    """Run `play(service, origin)`; the service's loader may ask loopback."""
    values = {
        "LOADER": "http",
        "STORAGE": "no",
        "WORKERS": 1,
        "WORKER_ISOLATION": "thread",
        "HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.0/8"],
        **keys,
    }
    conf = tmp_path / "thumbor.conf"
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))

    async def scenario():
        async with upstream.serving(routes, host=EVERYWHERE) as origin:
            service = build(load(conf))
            try:
                await play(service, origin)
            finally:
                await service.drain(1)

    asyncio.run(scenario())


def ask(service, origin, path, size="20x20"):
    host = f"127.0.0.{2 if path == FINE else 1}"
    url = origin.url(path, host).replace("://", "%3A//", 1)
    return asyncio.ensure_future(service.handle(Request("GET", f"/unsafe/{size}/{url}", "", {})))


def test_a_fetch_that_fails_is_shared_by_all_who_wait_for_it(tmp_path):
    async def slow_failure(asked, writer):
        await asyncio.sleep(0.3)
        writer.write(upstream.answer(500))
        await writer.drain()

    async def play(service, origin):
        sizes = [f"{20 + number}x20" for number in range(20)]
        answers = await asyncio.gather(*(ask(service, origin, "/a.jpg", each) for each in sizes))
        assert {answer.status for answer in answers} == {502}
        assert len(origin.asked) == 1

    scene(tmp_path, play, {"/a.jpg": slow_failure})


def test_a_fetch_ends_when_the_only_client_that_waits_leaves(tmp_path):
    async def play(service, origin):
        alone = ask(service, origin, "/a.jpg")
        while not origin.asked:
            await asyncio.sleep(0.01)
        alone.cancel()
        assert await gone(origin)

    scene(tmp_path, play, {"/a.jpg": upstream.silence})


def test_a_fetch_goes_on_while_anybody_waits(tmp_path):
    async def play(service, origin):
        first, second = (ask(service, origin, "/a.jpg", each) for each in ("20x20", "30x30"))
        while not origin.asked:
            await asyncio.sleep(0.01)
        first.cancel()
        assert (await second).status == 200
        assert len(origin.asked) == 1

    async def slow(asked, writer):
        await asyncio.sleep(0.3)
        writer.write(upstream.answer(200, PICTURE))
        await writer.drain()

    scene(tmp_path, play, {"/a.jpg": slow})


def test_a_stalled_host_holds_no_more_than_its_share_of_fetches(tmp_path):
    async def play(service, origin):
        stalled = [ask(service, origin, "/slow.jpg", f"{20 + n}x20") for n in range(3)]
        stalled += [ask(service, origin, f"/slow.jpg?{n}") for n in range(30)]
        await asyncio.sleep(0.3)
        assert origin.open == 3
        started = time.monotonic()
        assert (await ask(service, origin, FINE)).status == 200
        assert time.monotonic() - started < 2
        for each in stalled:
            each.cancel()
        assert await gone(origin, 1)  # that of the other host is kept

    routes = {"/slow.jpg": upstream.silence, FINE: upstream.answer(200, PICTURE)}
    keys = {"HTTP_LOADER_MAX_CLIENTS_PER_HOST": 3, "HTTP_LOADER_MAX_CLIENTS": 6}
    scene(tmp_path, play, routes, **keys)
