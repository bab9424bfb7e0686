"""Expired sources and results, where nothing newer can be had: while origins fail, under load."""

import asyncio
import contextlib
import io
import time
from pathlib import Path

import pytest
from origin import answer, closing, serving, silence
from PIL import Image

from thumborlike.errors import Overloaded
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parent / "pictures"
PHOTO = (PICTURES / "photo.jpg").read_bytes()
HOUR, DAY = 3600, 86400


class Clock:
    """The time, and a hand to turn it."""

    ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def served(tmp_path, clock):
    """`served(routes, scenario, KEY=value)`: runs `scenario(get, origin, service)`."""

    def run(routes, scenario, **keys):
        values = {
            "LOADER": "http",
            "STORAGE": "file",
            "FILE_STORAGE_ROOT_PATH": str(tmp_path / "sources"),
            "STORAGE_EXPIRATION_SECONDS": HOUR,
            "RESULT_STORAGE": "file",
            "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
            "RESULT_STORAGE_STORES_UNSAFE": True,
            "RESULT_STORAGE_EXPIRATION_SECONDS": HOUR,
            "HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.0/8"],
            "HTTP_LOADER_REQUEST_TIMEOUT": 0.3,
            **keys,
        }
        conf = tmp_path / "thumbor.conf"
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        return asyncio.run(_run(load(conf), clock, routes, scenario))

    return run


async def _run(loaded, clock, routes, scenario):
    async with serving(routes) as origin, _service(loaded, clock) as service:

        async def get(path, size="50x40"):
            return await service.handle(Request("GET", f"/unsafe/{size}/{origin.url(path)}"))

        return await scenario(get, origin, service)


@contextlib.asynccontextmanager
async def _service(loaded, clock):
    service = build(loaded, clock)
    try:
        yield service
    finally:
        await service.drain(5)


DOWN = {"500": answer(500), "reset": closing(b""), "silence": silence, "nothing": answer(200)}


@pytest.mark.parametrize("kind", DOWN)
def test_an_expired_source_is_used_while_its_origin_fails(served, clock, kind):
    async def scenario(get, origin, service):
        assert (await get("/a")).status == 200
        await service._pipeline.landed()
        clock.ahead = HOUR + 60
        origin.routes["/a"] = DOWN[kind]
        return await get("/a", "30x20")

    got = served({"/a": answer(200, PHOTO)}, scenario)
    assert got.status == 200
    assert Image.open(io.BytesIO(got.body)).size == (30, 20)
    assert got.header("cache-control") == "max-age=60,public"


def test_what_is_made_of_an_expired_source_is_not_stored(served, clock, tmp_path):
    async def scenario(get, origin, service):
        await get("/a")
        await service._pipeline.landed()
        before = {path for path in tmp_path.rglob("*") if path.is_file()}
        clock.ahead = HOUR + 60
        origin.routes["/a"] = answer(500)
        await get("/a", "30x20")
        await service._pipeline.landed()
        return {path for path in tmp_path.rglob("*") if path.is_file()} - before

    assert served({"/a": answer(200, PHOTO)}, scenario) == set()


@pytest.mark.parametrize("status", [404, 410, 403])
def test_what_is_gone_or_forbidden_is_not_served_any_more(served, clock, status):
    async def scenario(get, origin, service):
        await get("/a")
        await service._pipeline.landed()
        clock.ahead = HOUR + 60
        origin.routes["/a"] = answer(status)
        return (await get("/a")).status, (await get("/a", "30x20")).status

    assert served({"/a": answer(200, PHOTO)}, scenario) == (404, 404)


@pytest.mark.parametrize(
    ("ahead", "keys", "status"),
    [
        (HOUR + DAY - 60, {}, 200),
        (HOUR + DAY + 60, {}, 502),
        (HOUR + 60, {"STALE_IF_ERROR_SECONDS": 0}, 502),
        (HOUR + 60, {"STALE_IF_ERROR_SECONDS": 30}, 502),
    ],
)
def test_how_long_expired_pictures_live_on(served, clock, ahead, keys, status):
    async def scenario(get, origin, service):
        await get("/a")
        await service._pipeline.landed()
        clock.ahead = ahead
        origin.routes["/a"] = answer(500)
        return (await get("/a")).status, (await get("/a", "30x20")).status

    assert served({"/a": answer(200, PHOTO)}, scenario, **keys) == (status, status)


def test_an_expired_result_is_served_while_its_origin_fails(served, clock):
    """Without a stored source, too; it keeps its bytes, and is not cached long."""

    async def scenario(get, origin, service):
        first = await get("/a")
        await service._pipeline.landed()
        clock.ahead = HOUR + 60
        origin.routes["/a"] = answer(503)
        second = await get("/a")
        origin.routes["/a"] = answer(200, PHOTO)
        clock.ahead += 60
        return first, second

    first, second = served({"/a": answer(200, PHOTO)}, scenario, STORAGE="no", STALE_MAX_AGE=7)
    assert first.body == second.body and second.status == 200
    assert first.header("cache-control") == "max-age=86400,public"
    assert second.header("cache-control") == "max-age=7,public"
    assert first.header("etag") == second.header("etag")


def test_an_expired_result_is_served_under_overload(served, clock, monkeypatch):
    async def scenario(get, origin, service):
        first = await get("/a")
        await service._pipeline.landed()
        clock.ahead = HOUR + 60

        async def full(*_, **__):
            raise Overloaded("the queue is full")

        monkeypatch.setattr(service._pipeline._maker, "make", full)
        return first.body == (await get("/a")).body, (await get("/a", "30x20")).status

    assert served({"/a": answer(200, PHOTO)}, scenario) == (True, 503)


def test_expired_results_are_made_anew_where_that_is_possible(served, clock):
    async def scenario(get, origin, service):
        first = await get("/a")
        await service._pipeline.landed()
        clock.ahead = HOUR + 60
        origin.routes["/a"] = answer(200, (PICTURES / "large.jpg").read_bytes())
        second = await get("/a")
        return first.body != second.body, second.header("cache-control")

    found = served({"/a": answer(200, PHOTO)}, scenario)
    assert found == (True, "max-age=86400,public")


def test_stale_while_revalidate_answers_at_once_and_renews_once(served, clock):
    """However many ask meanwhile; the next one gets the new picture."""

    async def slow(asked, writer):
        await asyncio.sleep(0.1)
        writer.write(answer(200, (PICTURES / "large.jpg").read_bytes()))

    async def scenario(get, origin, service):
        first = await get("/a")
        await service._pipeline.landed()
        clock.ahead = HOUR + 60
        origin.routes["/a"] = slow
        begun = time.monotonic()
        meanwhile = await asyncio.gather(*(get("/a") for _ in range(20)))
        seconds = time.monotonic() - begun
        await service._pipeline.landed()
        clock.ahead = 0.0
        renewed = await get("/a")
        return first, meanwhile, seconds, renewed, len(origin.asked)

    keys = {"STORAGE": "no", "STALE_WHILE_REVALIDATE_SECONDS": 600}
    first, meanwhile, seconds, renewed, asked = served({"/a": answer(200, PHOTO)}, scenario, **keys)
    assert {each.body for each in meanwhile} == {first.body} and seconds < 0.1
    assert {each.header("cache-control") for each in meanwhile} == {"max-age=60,public"}
    assert renewed.body != first.body and asked == 2


@pytest.mark.parametrize("status", [404, 500])
def test_a_renewal_that_fails_is_no_error(served, clock, caplog, status):
    async def scenario(get, origin, service):
        await get("/a")
        await service._pipeline.landed()
        clock.ahead = HOUR + 60
        origin.routes["/a"] = answer(status)
        got = [(await get("/a")).status]
        await service._pipeline.landed()
        clock.ahead = HOUR + 660
        return [*got, (await get("/a")).status]

    keys = {"STORAGE": "no", "STALE_WHILE_REVALIDATE_SECONDS": 600}
    found = served({"/a": answer(200, PHOTO)}, scenario, **keys)
    assert found == [200, 404 if status == 404 else 200]
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
