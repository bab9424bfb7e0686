"""The http loader against a well-behaved origin."""

from __future__ import annotations

import asyncio

import pytest
from thumborlike.loaders import http

from thumborlike.errors import (
    ConfigurationError,
    SourceEmpty,
    SourceFailed,
    SourceNotAllowed,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
)
from thumborlike.interfaces import Closes, Loader, SourceRequest

BODY = b"\xff\xd8 picture"


def test_gives_body_name_and_date(web):
    async def run():
        dated = web.answer(200, BODY, Last_Modified="Wed, 21 Oct 2015 07:28:00 GMT")
        async with web.serving({"/a.jpg": dated, "/b.jpg": web.answer(200, BODY)}) as origin:
            first = await web.load(web.env(), origin.name("/a.jpg"))
            second = await web.load(web.env(), origin.name("/b.jpg"))
            return origin, first, second

    origin, first, second = asyncio.run(run())
    assert (first.name, first.body, first.modified) == (origin.name("/a.jpg"), BODY, 1445412480)
    assert second.modified is None


def test_default_headers(web):
    """Thumbor 7.8's, but for the product's name."""

    async def run():
        async with web.serving({"/a": web.answer(200, BODY)}) as origin:
            await web.load(web.env(), origin.name("/a"), cookie="a=b", authorization="x")
            return origin

    origin = asyncio.run(run())
    headers = origin.asked[0].headers
    assert headers.pop("user-agent").startswith("thumborlike/")
    assert headers == {
        "host": f"127.0.0.1:{origin.port}",
        "accept": "image/*;q=0.9,*/*;q=0.1",
        "accept-encoding": "gzip",
    }


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/a%20b", "/a%20b"),
        ("/a%2520b", "/a%20b"),
        ("/%C3%A1", "/%C3%A1"),
        ("/a%3Fb%3Dc%20d", "/a?b=c%20d"),
        ("/a%23b", "/a"),
        ("/any//b", "/any//b"),
        ("/any/../b", "/any/../b"),
        ("/%250d%250aX%3A%20y", "/%0d%0aX:%20y"),
        ("/%0D%0AX%3A%2520y", "/%0D%0AX:%20y"),
        ("", "/"),
        ("%3Fx", "/?x"),
    ],
)
def test_request_line(web, path, line):
    async def run():
        async with web.serving({}) as origin:
            with pytest.raises(SourceNotFound):
                await web.load(web.env(), origin.name(path))
            return origin.asked[0].line

    assert asyncio.run(run()) == f"GET {line} HTTP/1.1"


@pytest.mark.parametrize(
    ("status", "error", "quirky"),
    [
        (400, SourceRefused, SourceRefused),
        (401, SourceRefused, SourceRefused),
        (403, SourceRefused, SourceRefused),
        (404, SourceNotFound, SourceNotFound),
        (410, SourceNotFound, SourceNotFound),
        (429, SourceRefused, SourceRefused),
        (500, SourceFailed, SourceNotFound),
        (503, SourceFailed, SourceNotFound),
        (504, SourceFailed, SourceNotFound),
        (999, SourceFailed, SourceNotFound),
        (204, SourceEmpty, SourceEmpty),
        (200, SourceEmpty, SourceEmpty),
        (206, SourceFailed, SourceFailed),
        (300, SourceRefused, SourceRefused),
        (302, SourceRefused, SourceRefused),
        (304, SourceRefused, SourceRefused),
    ],
)
def test_statuses(web, status, error, quirky):
    body = b"" if status in (200, 204, 304) else b"<html>"

    async def run(quirks):
        async with web.serving({"/a": web.answer(status, body)}) as origin:
            with pytest.raises((SourceFailed, SourceNotFound, SourceRefused)) as caught:
                await web.load(web.env(quirks=quirks), origin.name("/a"))
            return caught.type

    assert asyncio.run(run(False)) is error
    assert asyncio.run(run(True)) is quirky


@pytest.mark.parametrize("status", [200, 201, 203])
def test_successes(web, status):
    async def run():
        async with web.serving({"/a": web.answer(status, BODY)}) as origin:
            return (await web.load(web.env(), origin.name("/a"))).body

    assert asyncio.run(run()) == BODY


def test_user_information_becomes_basic_authentication(web):
    async def run():
        async with web.serving({"/a": web.answer(200, BODY)}) as origin:
            await web.load(web.env(), f"us%25er%3Ap%2540w@127.0.0.1%3A{origin.port}/a")
            return origin.asked[0]

    asked = asyncio.run(run())
    assert asked.headers["authorization"] == "Basic dXMlZXI6cEB3"
    assert "@" not in asked.headers["host"]


def test_no_letter_of_a_client_breaks_the_fetch(web):
    async def run():
        async with web.serving({"/a": web.answer(200, BODY)}) as origin:
            env = web.env(
                http_loader_forward_all_headers=True, http_loader_default_user_agent="ü\u20ac"
            )
            client = {"x-a": "\xe9t\xe9", "x-b": "a\r\nX-Evil: 1", "x-c": "\0", "x-d": "\u20ac"}
            client |= {"x e": "1", "x:f": "1", "x-g": "", "X-H": "1"}
            await web.load(env, f"%C3%A9%3Ap%40127.0.0.1%3A{origin.port}/a", **client)
            return origin.asked[0].headers

    headers = asyncio.run(run())
    assert headers.pop("x-a") == "\xe9t\xe9" and headers["user-agent"] == "\xfc?"
    assert headers["authorization"] == "Basic w6k6cA=="
    assert not [name for name in headers if name.startswith("x")]


def test_forwards_only_what_is_configured(web):
    client = {"user-agent": "Me", "cookie": "a=b", "x-one": "1", "host": "evil", "range": "bytes=1"}

    async def run(**keys):
        async with web.serving({"/a": web.answer(200, BODY)}) as origin:
            await web.load(web.env(**keys), origin.name("/a"), **client)
            return origin.asked[0].headers

    named = asyncio.run(run(http_loader_forward_headers_whitelist=("X-One", "Cookie", "Range")))
    assert (named["x-one"], named["cookie"], "range" in named) == ("1", "a=b", False)
    agent = asyncio.run(run(http_loader_forward_user_agent=True))
    assert (agent["user-agent"], "x-one" in agent) == ("Me", False)
    all_of_them = asyncio.run(run(http_loader_forward_all_headers=True))
    assert (all_of_them["user-agent"], all_of_them["x-one"]) == ("Me", "1")
    assert "cookie" not in all_of_them and "range" not in all_of_them
    assert all_of_them["host"] != "evil"


def test_connections_are_used_again(web):
    async def run():
        routes = {"/a": web.answer(200, BODY), "/no": web.answer(404, b"x" * 5000)}
        async with web.serving(routes) as origin:
            loader = http.create(web.env())
            for _ in range(5):
                await loader.load(SourceRequest(origin.name("/a")))
                with pytest.raises(SourceNotFound):
                    await loader.load(SourceRequest(origin.name("/no")))
            await loader.close()
            return origin.accepted, len(origin.asked)

    assert asyncio.run(run()) == (1, 10)


def test_many_at_once_with_a_share_per_host(web):
    async def slow(asked, writer):
        await asyncio.sleep(0.02)
        writer.write(web.answer(200, BODY))

    async def run():
        async with web.serving({"/a": slow}) as origin:
            loader = http.create(web.env(http_loader_max_clients_per_host=8))
            wanted = [loader.load(SourceRequest(origin.name("/a"))) for _ in range(64)]
            found = await asyncio.gather(*wanted)
            await loader.close()
            return [source.body for source in found], origin.most_open

    bodies, most = asyncio.run(run())
    assert bodies == [BODY] * 64
    assert 2 <= most <= 8


def test_a_stalled_host_does_not_stop_another(web):
    good = web.answer(200, BODY)

    async def run():
        async with web.serving({"/s": web.stall}) as stalled, web.serving({"/a": good}) as other:
            networks = ("127.0.0.0/8", "::1/128")
            loader = http.create(
                web.env(http_loader_max_clients_per_host=4, http_loader_allowed_networks=networks)
            )
            held = [
                asyncio.ensure_future(loader.load(SourceRequest(stalled.name("/s"))))
                for _ in range(20)
            ]
            await asyncio.sleep(0.05)
            name = other.name("/a", host="localhost")
            source = await asyncio.wait_for(loader.load(SourceRequest(name)), 2)
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)
            await loader.close()
            return source.body

    assert asyncio.run(run()) == BODY


def test_a_cancelled_fetch_lets_go_of_its_connection(web):
    async def run():
        async with web.serving({"/s": web.stall}) as origin:
            loader = http.create(web.env())
            task = asyncio.ensure_future(loader.load(SourceRequest(origin.name("/s"))))
            while not origin.asked:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for _ in range(100):
                await asyncio.sleep(0.01)
                if not origin.open:
                    break
            left_open = origin.open
            await loader.close()
            return left_open

    assert asyncio.run(run()) == 0


def test_the_answers_that_allows_gives(web):
    loader = http.create(web.env(allowed_sources=("good.example",)))
    assert loader.allows("good.example/a.jpg")
    assert loader.allows("https%3A//good.example/a.jpg")
    assert not loader.allows("evil.example/a.jpg")
    assert not loader.allows("/a.jpg")
    assert not loader.allows("http%3A/good.example/a.jpg")
    assert not loader.allows("good.example%3Aabc/a.jpg")
    assert not loader.allows("good.example%3A99999/a.jpg")


def test_refuses_private_addresses_by_default(web):
    async def run():
        async with web.serving({"/a": web.answer(200, BODY)}) as origin:
            loader = http.create(web.Env())
            names = [origin.name("/a", host) for host in ("127.0.0.1", "localhost", "2130706433")]
            assert not any(map(loader.allows, names))
            for name in names:
                with pytest.raises(SourceNotAllowed):
                    await loader.load(SourceRequest(name))
            await loader.close()
            return origin.accepted

    assert asyncio.run(run()) == 0


def test_unknown_host_counts_as_timeout(web):
    """Thumbor 7.8: 504."""
    with pytest.raises(SourceTimeout):
        asyncio.run(web.load(web.env(), "no-such-host.invalid/a.jpg"))


def test_metrics_have_thumbors_names(web):
    async def run(env):
        async with web.serving({"/a": web.answer(200, BODY), "/no": web.answer(404)}) as origin:
            await web.load(env, origin.name("/a"))
            with pytest.raises(SourceNotFound):
                await web.load(env, origin.name("/no"))
            return f"127_0_0_1_{origin.port}"

    open_env = web.env()
    asyncio.run(run(open_env))
    counted = open_env.metrics.counted
    assert [each for each in counted if "time_info" not in each[0]] == [
        ("original_image.status.200", 1),
        ("original_image.status.404", 1),
    ]
    parts = ("connect", "appconnect", "pretransfer", "starttransfer", "total", "bytes_per_second")
    assert {f"original_image.time_info.{each}" for each in parts} < {name for name, _ in counted}
    known = web.env(allowed_sources=("127.0.0.1",))
    place = asyncio.run(run(known))
    names = [name for name, _ in known.metrics.counted]
    assert f"original_image.status.200.{place}" in names
    assert f"original_image.fetch.latency.404.{place}" in names


@pytest.mark.parametrize(
    "keys",
    [
        {"allowed_sources": ("*.example.com",)},
        {"allowed_sources": ("http://example.com/",)},
        {"http_loader_allowed_networks": ("10.0.0.0/33",)},
        {"http_loader_blocked_networks": ("example.com",)},
    ],
)
def test_rules_that_cannot_be_read_stop_the_start(web, keys):
    with pytest.raises(ConfigurationError):
        http.create(web.env(**keys))


def test_fits_the_protocols(web):
    loader = http.create(web.env())
    assert isinstance(loader, Loader) and isinstance(loader, Closes)
