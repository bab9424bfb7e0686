"""What is answered at the entrance looks exactly as if the handler had answered it."""

import asyncio
import logging
import re

import pytest

from thumborlike.http.message import Response
from thumborlike.http.respond import SERVER
from thumborlike.settings import Settings
from thumborlike.settings.sections import ServerSettings

PICTURE = Response(
    200,
    (
        ("Server", SERVER),
        ("Content-Type", "image/jpeg"),
        ("Cache-Control", "max-age=86400,public"),
        ("Access-Control-Allow-Origin", "*"),
        ("Vary", "Accept"),
        ("Etag", '"abc"'),
    ),
    b"picture",
    content_length=7,
)
NOTHING_NEW = Response(304, (("Server", SERVER), ("Etag", '"abc"'), ("Vary", "Accept")))
HEAD = Response(200, PICTURE.headers, b"", content_length=7)
GET = b"GET /unsafe/x HTTP/1.1\r\nHost: h\r\n"


def knowing(web, response, **keys):
    """A service that answers at once whatever is asked; it tells what was asked in which way."""

    class Knowing(web.Service):
        def __init__(self, **more):
            super().__init__(**more)
            self.at_the_entrance = []

        def at_once(self, request):
            self.at_the_entrance.append(request)
            return response

    async def answer(request):
        return response

    return Knowing(answer=answer, **keys)


async def raw(client, sent):
    answer = (await client.raw(sent)).raw
    return re.sub(rb"Date: [^\r]+", b"Date: today", answer)


MISSING = Response(404, (("Server", SERVER), ("Content-Type", "text/plain")), b"gone")
BARE = Response(204, (("Server", SERVER),))
CLOSE = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("response", "sent"),
    [
        (PICTURE, GET + CLOSE),
        (PICTURE, b"GET /unsafe/x?v=1 HTTP/1.1\r\nHost: h:80\r\n" + CLOSE),
        (PICTURE, b"GET /unsafe/x HTTP/1.0\r\nHost: h\r\n\r\n"),
        (HEAD, GET.replace(b"GET", b"HEAD") + CLOSE),
        (NOTHING_NEW, GET + b'If-None-Match: "abc"\r\n' + CLOSE),
        (MISSING, GET + CLOSE),
        (BARE, GET + CLOSE),
    ],
)
def test_all_ways_send_the_same(web, response, sent):
    """At once, made meanwhile, and by Tornado's handler, which takes what carries a length."""

    async def scenario():
        async with web.serving(knowing(web, response)) as client:
            at_once = await raw(client, sent)
        async with web.serving(web.Service(knowing(web, response).answer)) as client:
            made = await raw(client, sent)
            by_routes = await raw(client, sent[:-2] + b"Content-Length: 0\r\n\r\n")
        assert at_once == made == by_routes

    asyncio.run(scenario())


def test_a_bug_is_500_on_both_ways_and_the_connection_lives(web, caplog):
    async def scenario():
        async def fail(request):
            raise RuntimeError("nobody expected this")

        async with web.serving(web.Service(fail)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            seen = []
            for more in (b"", b"Content-Length: 0\r\n"):
                writer.write(GET + more + b"\r\n")
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
                body = await reader.readexactly(int(re.search(rb"Length: (\d+)", head)[1]))
                seen.append((re.sub(rb"Date: [^\r]+", b"", head), body))
            writer.close()
            assert seen[0] == seen[1]
            assert seen[0][0].startswith(b"HTTP/1.1 500")
            assert b"nobody" not in seen[0][1]

    asyncio.run(scenario())
    assert [each.exc_info is not None for each in caplog.records if "unexpected" in each.msg]


def test_an_answer_that_cannot_be_sent_ends_the_connection(web):
    """No client waits for ever; the header has a line break that no one may send."""
    bad = Response(200, (("X-Odd", "a\r\nb"),), b"picture", content_length=7)

    async def scenario():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)

        async def answer(request):
            return bad

        async with web.serving(web.Service(answer)) as client:
            assert (await client.raw(GET + b"\r\n")).raw == b""
        async with web.serving(knowing(web, bad)) as client:
            assert (await client.raw(GET + b"\r\n")).raw == b""

    asyncio.run(scenario())


def test_the_service_is_asked_for_what_was_sent(web):
    async def scenario():
        service = knowing(web, PICTURE)
        async with web.serving(service) as client:
            await client.get("/unsafe/a%20b.jpg?v=1", Accept="image/webp", **{"If-None-Match": "x"})
        (asked,) = service.at_the_entrance
        assert (asked.method, asked.path, asked.query) == ("GET", "/unsafe/a%20b.jpg", "v=1")
        assert asked.headers.get("accept") == "image/webp"
        assert asked.headers.get("if-none-match") == "x"
        assert asked.headers.get("if-modified-since") is None
        assert not service.asked

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /unsafe/x HTTP/1.1\r\nHost: h\r\n", 405),
        (b"GET http://h/unsafe/x HTTP/1.1\r\nHost: h\r\n", 200),
        (b"GET /unsafe/\xc3\xa4 HTTP/1.1\r\nHost: h\r\n", 200),
        (b"GET /unsafe/x?" + b"a&" * 300 + b" HTTP/1.1\r\nHost: h\r\n", 200),
        (b"GET /unsafe/x?" + b"a&" * 3000 + b" HTTP/1.1\r\nHost: h\r\n", 400),
        (b"GET /unsafe/x HTTP/1.1\r\n", 400),
        (b"GET /unsafe/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
        (b"GET /unsafe/x HTTP/1.1\r\nHost: a b\r\n", 400),
        (b"GET /unsafe/x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n", 200),
    ],
)
def test_what_is_unusual_goes_the_common_way(web, sent, status):
    async def scenario():
        service = knowing(web, PICTURE)
        if status == 200:
            service.answer = None
        async with web.serving(service) as client:
            answer = await client.raw(sent + b"Connection: close\r\n\r\n")
        assert answer.status == status
        assert not service.at_the_entrance

    asyncio.run(scenario())


def test_other_endpoints_keep_their_paths(web):
    async def scenario():
        async with web.serving(web.Service()) as client:
            assert (await client.get("/healthcheck")).body == b"WORKING"
            assert (await client.send("PUT", "/healthcheck", b"x")).status == 405

    asyncio.run(scenario())


def test_routes_that_look_at_more_than_the_path_are_always_asked(web, monkeypatch):
    from types import ModuleType

    from tornado.routing import HostMatches, Rule
    from tornado.web import RequestHandler

    from thumborlike.web import app

    class Elsewhere(RequestHandler):
        def get(self):
            self.write("elsewhere")

    lists = ModuleType("lists")
    lists.get_handlers = lambda service: [Rule(HostMatches("other"), Elsewhere)]
    monkeypatch.setattr(app, "_module", lambda name: lists)

    async def scenario():
        async with web.serving(knowing(web, PICTURE)) as client:
            assert (await client.get("/unsafe/x", Host="other")).body == b"elsewhere"
            assert (await client.get("/unsafe/x", Host="h")).body == b"picture"

    asyncio.run(scenario())


def test_each_answer_is_in_the_access_log(web, caplog):
    async def scenario():
        with caplog.at_level(logging.INFO, "thumborlike.access"):
            async with web.serving(knowing(web, PICTURE)) as client:
                await client.get("/unsafe/x?v=1")

    asyncio.run(scenario())
    (line,) = (each.getMessage() for each in caplog.records if each.name == "thumborlike.access")
    assert re.fullmatch(r"200 GET /unsafe/x\?v=1 \(127\.0\.0\.1\) \d+\.\d\dms", line)


def test_a_client_that_does_not_read_is_cut_off(web, monkeypatch):
    from thumborlike.web import delivery

    monkeypatch.setattr(delivery, "SLOWEST_READER", 10**12)
    large = Response(200, PICTURE.headers, bytes(50_000_000), content_length=50_000_000)

    async def scenario():
        settings = Settings(server=ServerSettings(client_body_timeout=0.2))
        async with web.serving(knowing(web, large, settings=settings)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(GET + b"\r\n")
            await asyncio.sleep(0.6)
            got = 0
            try:
                while chunk := await asyncio.wait_for(reader.read(1 << 20), 5):
                    got += len(chunk)
            except ConnectionError:
                pass
            assert got < 50_000_000
            writer.close()

    asyncio.run(scenario())


def test_a_client_that_leaves_in_the_middle_of_an_answer_harms_nobody(web, caplog):
    large = Response(200, PICTURE.headers, bytes(50_000_000), content_length=50_000_000)

    async def scenario():
        async with web.serving(knowing(web, large)) as client:
            _, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(GET + b"\r\n")
            await asyncio.sleep(0.1)
            writer.transport.abort()
            await asyncio.sleep(0.1)
            assert len((await client.get("/unsafe/x")).body) == 50_000_000

    asyncio.run(scenario())
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]
