"""Origins that stall, lie, break off, send too much, or lead astray."""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest
from thumborlike.loaders import http

from thumborlike.errors import (
    SourceEmpty,
    SourceFailed,
    SourceNotAllowed,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
    ThumborlikeError,
)
from thumborlike.interfaces import SourceRequest

BODY = b"\xff\xd8 picture"


def outcome(web, routes, path="/a", **keys):
    """What a fetch of `path` raises (its class) or gives (the body)."""

    async def run():
        async with web.serving(routes) as origin:
            for route, action in list(routes.items()):
                if isinstance(action, str):
                    location = action.replace("PORT", str(origin.port))
                    origin.routes[route] = web.answer(302, Location=location)
            try:
                return (await web.load(web.env(**keys), origin.name(path))).body
            except ThumborlikeError as error:
                text = str(error)
                assert "127.0.0.1" not in text and str(origin.port) not in text
                return type(error)

    return asyncio.run(run())


def closing(data):
    async def send(asked, writer):
        writer.write(data)
        await writer.drain()
        writer.close()

    return send


async def reset(asked, writer):
    writer.transport.abort()


async def reset_in_the_middle(asked, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    await writer.drain()
    await asyncio.sleep(0.01)
    writer.transport.abort()


def endless(piece, head=b"HTTP/1.1 200 OK\r\n\r\n", pause=0.0):
    async def send(asked, writer):
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return send


BROKEN = {
    "early close": closing(b""),
    "reset": reset,
    "reset in the middle": reset_in_the_middle,
    "shorter than declared": closing(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
    "no status line": closing(b"\xff\xd8\xff\xe0 no http at all\r\n\r\n"),
    "HTTP/0.9": closing(b"<html>hello</html>"),
    "two lengths": closing(
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"
    ),
    "length that is no number": closing(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabcde"),
    "broken chunks": closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
    "chunks without an end": closing(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    ),
    "broken gzip": closing(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde"
    ),
    "truncated gzip": closing(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 36\r\n\r\n"
        + gzip.compress(bytes(5000))[:20]
    ),
    "endless headers": endless(b"X-A: " + b"a" * 5000 + b"\r\n", b"HTTP/1.1 200 OK\r\n"),
    "one endless header": endless(b"a" * 10000, b"HTTP/1.1 200 OK\r\nX: "),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_answers(web, kind):
    """502; Thumbor 7.8 answers 504 or 500."""
    assert outcome(web, {"/a": BROKEN[kind]}) is SourceFailed


@pytest.mark.parametrize("kind", ["early close", "no status line", "shorter than declared"])
def test_broken_answers_count_as_timeouts_under_quirks(web, kind):
    assert outcome(web, {"/a": BROKEN[kind]}, quirks=True) is SourceTimeout


async def trickle_headers(asked, writer):
    await endless(b"X: y\r\n", b"HTTP/1.1 200 OK\r\n", 0.02)(asked, writer)


SLOW = {
    "silence": None,
    "trickled headers": trickle_headers,
    "trickled body": endless(b"a", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", 0.02),
    "endless 100 Continue": endless(b"HTTP/1.1 100 Continue\r\n\r\n", b"", 0.02),
}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_origins_end_at_the_deadline(web, kind):
    started = time.monotonic()
    routes = {"/a": SLOW[kind] or web.stall}
    assert outcome(web, routes, http_loader_request_timeout=0.3) is SourceTimeout
    assert 0.25 < time.monotonic() - started < 2


def test_the_deadline_spans_redirects(web):
    async def slow(asked, writer):
        await asyncio.sleep(0.12)
        writer.write(web.answer(302, Location=asked.path + "a"))

    started = time.monotonic()
    routes = {"/" + "a" * n: slow for n in range(1, 7)}
    assert outcome(web, routes, http_loader_request_timeout=0.3) is SourceTimeout
    assert time.monotonic() - started < 1


def test_the_deadline_spans_the_queue(web):
    async def run():
        async with web.serving({"/s": web.stall}) as origin:
            keys = {"http_loader_max_clients_per_host": 1, "http_loader_request_timeout": 0.3}
            loader = http.create(web.env(**keys))
            wanted = [loader.load(SourceRequest(origin.name("/s"))) for _ in range(3)]
            started = time.monotonic()
            failures = await asyncio.gather(*wanted, return_exceptions=True)
            await loader.close()
            return [type(failure) for failure in failures], time.monotonic() - started

    failures, seconds = asyncio.run(run())
    assert failures == [SourceTimeout] * 3
    assert seconds < 1


def test_low_speed_limits(web):
    slow = endless(b"a", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", 0.1)
    started = time.monotonic()
    keys = {"http_loader_curl_low_speed_time": 1, "http_loader_curl_low_speed_limit": 1000}
    assert outcome(web, {"/a": slow}, **keys) is SourceTimeout
    assert time.monotonic() - started < 5


def test_refused_connection(web):
    async def run():
        async with web.serving({}) as origin:
            name = origin.name("/a")
        for quirks in (False, True):
            with pytest.raises(SourceFailed):
                await web.load(web.env(quirks=quirks), name)

    asyncio.run(run())


BOMB = gzip.compress(bytes(20_000_000))
TOO_LARGE = {
    "declared": b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n",
    "not declared": None,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"%x\r\n" % 200_000
    + bytes(200_000),
    "gzip bomb": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    % len(BOMB)
    + BOMB,
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_too_large(web, kind):
    started = time.monotonic()
    action = TOO_LARGE[kind] or endless(bytes(10_000))
    assert outcome(web, {"/a": action}) is SourceTooLarge
    assert time.monotonic() - started < 1


def test_the_limit_itself_is_allowed(web):
    exact = bytes(100_000)
    assert outcome(web, {"/a": web.answer(200, exact)}) == exact
    packed = web.answer(200, gzip.compress(exact), Content_Encoding="gzip")
    assert outcome(web, {"/a": packed}) == exact
    assert outcome(web, {"/a": web.answer(200, exact * 2)}, max_source_size=0) == exact * 2


def test_an_endless_error_page_is_not_read(web):
    head = b"HTTP/1.1 404 Not Found\r\n\r\n"
    started = time.monotonic()
    assert outcome(web, {"/a": endless(bytes(10_000), head)}) is SourceNotFound
    assert time.monotonic() - started < 1


def test_empty_chunked_body(web):
    empty = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert outcome(web, {"/a": empty}) is SourceEmpty


def test_five_redirects_work_and_a_sixth_does_not(web):
    """Thumbor 7.8: the sixth gives 404."""
    hops = {f"/{n}": f"/{n + 1}" for n in range(1, 7)}
    routes = {**hops, "/6": web.answer(200, BODY)}
    assert outcome(web, dict(routes), "/1") == BODY
    assert outcome(web, {**hops, "/7": web.answer(200, BODY)}, "/1") is SourceRefused
    assert outcome(web, dict(routes), "/1", http_loader_max_redirects=4) is SourceRefused
    assert outcome(web, dict(routes), "/1", http_loader_follow_redirects=False) is SourceRefused


@pytest.mark.parametrize(
    ("location", "result"),
    [
        ("/b", BODY),
        ("b", BODY),
        ("//127.0.0.1:PORT/b", BODY),
        ("HTTP://127.0.0.1:PORT/b#c", BODY),
        ("/a", SourceRefused),
        ("", SourceRefused),
        ("file:///etc/passwd", SourceNotAllowed),
        ("gopher://127.0.0.1:PORT/b", SourceNotAllowed),
        ("http://127.0.0.1:99999/b", SourceNotAllowed),
        ("http://10.0.0.1:PORT/b", SourceNotAllowed),
        ("http://[::1]:PORT/b", SourceNotAllowed),
        ("http://[::ffff:127.0.0.1]:PORT/b", SourceNotAllowed),
        ("http://169.254.169.254/latest/meta-data", SourceNotAllowed),
        ("http://[::1/b", SourceNotAllowed),
    ],
)
def test_redirects(web, location, result):
    found = outcome(web, {"/a": location, "/b": web.answer(200, BODY)})
    assert found == result if isinstance(result, bytes) else found is result


def test_redirects_are_judged_by_the_allowed_sources(web):
    """Thumbor 7.8 does not look again."""
    routes = {"/a": "http://localhost:PORT/b", "/b": web.answer(200, BODY)}
    both = ("127.0.0.0/8", "::1/128")
    keys = {"http_loader_allowed_networks": both}
    assert outcome(web, dict(routes), **keys) == BODY
    assert outcome(web, dict(routes), allowed_sources=("127.0.0.1",), **keys) is SourceNotAllowed
    allowed = ("127.0.0.1", "localhost")
    assert outcome(web, dict(routes), allowed_sources=allowed, **keys) == BODY


def test_credentials_stay_with_their_origin(web):
    async def run():
        async with (
            web.serving({"/b": web.answer(200, BODY)}) as other,
            web.serving({"/same": web.answer(200, BODY)}) as origin,
        ):
            away = f"http://127.0.0.1:{other.port}/b"
            origin.routes["/a"] = web.answer(302, Location=away)
            origin.routes["/here"] = web.answer(302, Location="/same")
            env = web.env(http_loader_forward_headers_whitelist=("cookie", "x-key", "user-agent"))
            client = {"cookie": "a=b", "x-key": "k", "user-agent": "Me"}
            for path in ("a", "here"):
                await web.load(env, f"us%3Apw@127.0.0.1%3A{origin.port}/{path}", **client)
            return [asked.headers for asked in (*other.asked, *origin.asked)]

    followed, first, here, same = asyncio.run(run())
    secrets = {"cookie", "x-key", "authorization"}
    assert not secrets & set(followed) and followed["user-agent"] == "Me"
    assert all(secrets <= set(headers) for headers in (first, here, same))


def test_a_name_with_any_forbidden_address_is_refused(web, monkeypatch):
    """Whatever the name resolves to: every answer is judged before one is connected to."""
    from thumborlike.loaders import _resolver

    async def run(addresses):
        monkeypatch.setattr(_resolver.socket, "getaddrinfo", fake(addresses))
        async with web.serving({"/a": web.answer(200, BODY)}) as origin:
            try:
                source = await web.load(web.env(), origin.name("/a", "pictures.example"))
                return source.body, origin.asked[0].headers["host"] == (
                    f"pictures.example:{origin.port}"
                )
            except SourceNotAllowed:
                return origin.accepted

    def fake(addresses):
        return lambda host, port, **_: [(0, 0, 0, "", (a, 0)) for a in addresses]

    assert asyncio.run(run(["127.0.0.1"])) == (BODY, True)
    assert asyncio.run(run(["127.0.0.1", "10.0.0.1"])) == 0
    assert asyncio.run(run(["fe80::1%eth0"])) == 0


def test_the_address_is_judged_again_at_connect_time(web, monkeypatch):
    """Should libcurl ever connect to what was not looked up here."""
    from thumborlike.loaders import _client

    async def nothing(*_):
        return ()

    async def run():
        monkeypatch.setattr(_client.Client, "_addresses", nothing)
        async with web.serving({"/a": web.answer(200, BODY)}) as origin:
            env = web.Env(values={"http_loader_allowed_networks": ("127.0.0.2/32",)})
            monkeypatch.setattr(http.HttpLoader, "_permits", lambda *_: True)
            with pytest.raises(SourceNotAllowed):
                await web.load(env, origin.name("/a"))
            return origin.accepted

    assert asyncio.run(run()) == 0


def test_proxies_of_the_environment_are_not_used(web, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9/")
    assert outcome(web, {"/a": web.answer(200, BODY)}) == BODY


def test_the_configured_proxy_is_used(web):
    async def run():
        async with web.serving({}) as proxy:
            url = "http://pictures.example/a.jpg?b"
            proxy.routes["http://pictures.example/a.jpg"] = web.answer(200, BODY)
            env = web.env(
                http_loader_proxy_host="127.0.0.1",
                http_loader_proxy_port=proxy.port,
                http_loader_proxy_username="us",
                http_loader_proxy_password="pw",
            )
            source = await web.load(env, "pictures.example/a.jpg%3Fb")
            assert source.body == BODY and proxy.asked[0].path == url
            assert proxy.asked[0].headers["proxy-authorization"] == "Basic dXM6cHc="
            with pytest.raises(SourceNotAllowed):
                await web.load(env, "10.0.0.1/a.jpg")

    asyncio.run(run())
