import asyncio
import sys
from dataclasses import replace
from types import ModuleType

import pytest
from tornado.web import RequestHandler

from thumborlike.errors import ConfigurationError
from thumborlike.http.message import Response
from thumborlike.http.respond import SERVER
from thumborlike.settings import Settings
from thumborlike.settings.sections import ExtensionSettings, HttpSettings, ServerSettings
from thumborlike.web.handler import origin_form


def test_what_the_service_answers_is_what_is_sent(web):
    async def scenario():
        async def answer(request):
            headers = (("Content-Type", "image/png"), ("Vary", "Accept"))
            return Response(200, headers, b"body", content_length=4)

        async with web.serving(web.Service(answer)) as client:
            reply = await client.get("/unsafe/x.png")
        assert reply.status == 200
        assert reply.body == b"body"
        del reply.headers["Date"]
        assert list(reply.headers.items()) == [
            ("Server", SERVER),
            ("Content-Type", "image/png"),
            ("X-Content-Type-Options", "nosniff"),
            ("Vary", "Accept"),
            ("Content-Length", "4"),
            ("Connection", "close"),
        ]

    asyncio.run(scenario())


def test_the_service_sees_the_path_as_it_came(web):
    async def scenario():
        service = web.Service()
        async with web.serving(service) as client:
            await client.get("/unsafe/a%2Fb//c%20../%E1?x=1&y", Accept="image/webp", X_A="1")
        (request,) = service.asked
        assert request.path == "/unsafe/a%2Fb//c%20../%E1"
        assert request.query == "x=1&y"
        assert request.headers["accept"] == "image/webp"
        assert request.headers["x-a"] == "1"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ("/unsafe/é.jpg".encode(), "/unsafe/é.jpg"),
        (b"/unsafe/\xe1.jpg", "/unsafe/%E1.jpg"),
        (b"unsafe/x.jpg", "unsafe/x.jpg"),
        (b"http://other/unsafe/x.jpg?a=/b", "/unsafe/x.jpg"),
        (b"//unsafe/x.jpg", "//unsafe/x.jpg"),
    ],
)
def test_odd_request_targets(web, sent, path):
    async def scenario():
        service = web.Service()
        async with web.serving(service) as client:
            request = b"GET " + sent + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            assert (await client.raw(request)).status == 200
        assert service.asked[0].path == path

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a", "/a"),
        ("http://h/a?b", "/a?b"),
        ("HTTPS://h:1/a", "/a"),
        ("http://h", "/"),
        ("http://h?x=/y", "/?x=/y"),
        ("/http://h/a", "/http://h/a"),
        ("ftp://h/a", "ftp://h/a"),
        ("*", "*"),
    ],
)
def test_absolute_targets_lose_scheme_and_host(target, path):
    assert origin_form(target) == path


def test_head_gets_the_length_and_no_body(web):
    async def scenario():
        async with web.serving(web.Service()) as client:
            reply = await client.send("HEAD", "/unsafe/x.jpg")
        assert (reply.status, reply.body) == (200, b"")
        assert reply.headers["Content-Length"] == "7"
        assert "Etag" not in reply.headers

    asyncio.run(scenario())


def test_304_has_neither_type_nor_length(web):
    async def scenario():
        async def answer(request):
            return Response(304, (("Etag", '"a"'),))

        async with web.serving(web.Service(answer)) as client:
            reply = await client.get("/unsafe/x.jpg")
        assert (reply.status, reply.body) == (304, b"")
        assert reply.headers["Etag"] == '"a"'
        assert "Content-Type" not in reply.headers
        assert "Content-Length" not in reply.headers

    asyncio.run(scenario())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_other_methods_are_405_and_say_what_is_allowed(web, method):
    async def scenario():
        async with web.serving(web.Service()) as client:
            reply = await client.send(method, "/unsafe/x.jpg")
        assert reply.status == 405
        assert reply.headers["Allow"] == "GET, HEAD"
        assert reply.headers["Server"] == SERVER
        assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert b"<" not in reply.body

    asyncio.run(scenario())


def test_a_bug_is_500_without_a_trace(web, caplog):
    async def scenario():
        async def answer(request):
            raise KeyError("/etc/secret")

        async with web.serving(web.Service(answer)) as client:
            reply = await client.get("/unsafe/http://someone:word@host/x.jpg")
        assert (reply.status, reply.body) == (500, b"internal error")

    asyncio.run(scenario())
    assert "KeyError" in caplog.text
    assert "***@host" in caplog.text and "word" not in caplog.text


def test_a_picture_request_cannot_carry_a_large_body(web):
    async def scenario():
        service = web.Service()
        async with web.serving(service) as client:
            reply = await client.send("GET", "/unsafe/x", Content_Length="100000")
        assert reply.status == 400
        assert not service.asked

    asyncio.run(scenario())


def test_a_client_that_leaves_gives_its_work_up(web):
    async def scenario():
        begun, ended = asyncio.Event(), asyncio.Event()

        async def answer(request):
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        async with web.serving(web.Service(answer)) as client:
            _, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(b"GET /unsafe/x HTTP/1.1\r\nHost: h\r\n\r\n")
            await asyncio.wait_for(begun.wait(), 5)
            writer.transport.abort()
            await asyncio.wait_for(ended.wait(), 5)

    asyncio.run(scenario())


def test_a_client_that_sends_no_head_is_cut_off(web):
    async def scenario():
        settings = Settings(server=ServerSettings(client_header_timeout=0.2))
        async with web.serving(web.Service(settings=settings)) as client:
            assert (await client.raw(b"GET /unsafe/x HTT")).raw == b""
            assert (await client.raw(b"")).raw == b""
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            for _ in range(3):  # a connection that has shown a head may idle
                writer.write(b"GET /unsafe/x HTTP/1.1\r\nHost: h\r\n\r\n")
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\npicture"), 5)
                assert head.startswith(b"HTTP/1.1 200")
                await asyncio.sleep(0.15)
            writer.close()

    asyncio.run(scenario())


def test_a_client_that_does_not_read_is_cut_off(web, monkeypatch):
    from thumborlike.web import delivery

    monkeypatch.setattr(delivery, "SLOWEST_READER", 10**12)

    async def scenario():
        async def answer(request):
            return Response(200, (), bytes(50_000_000), content_length=50_000_000)

        settings = Settings(server=ServerSettings(client_body_timeout=0.2))
        async with web.serving(web.Service(answer, settings)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(b"GET /unsafe/x HTTP/1.1\r\nHost: h\r\n\r\n")
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


def test_the_health_check(web):
    async def scenario():
        service = web.Service()
        async with web.serving(service) as client:
            reply = await client.get("/healthcheck")
            assert (reply.status, reply.body) == (200, b"WORKING")
            assert reply.headers["Cache-Control"] == "no-cache"
            assert reply.headers["Content-Type"] == "text/html; charset=UTF-8"
            tag = reply.headers["Etag"]
            assert (await client.get("/healthcheck/", If_None_Match=tag)).status == 304
            head = await client.send("HEAD", "/healthcheck")
            assert (head.status, head.headers["Etag"], head.body) == (200, tag, b"")
            assert (await client.send("POST", "/healthcheck")).status == 405
            service.draining = True
            reply = await client.get("/healthcheck")
            assert reply.status == 503
            assert reply.headers["Retry-After"]
        assert not service.asked
        assert not service.metrics.names

    asyncio.run(scenario())


def test_while_shutting_down_clients_are_asked_to_go(web):
    async def scenario():
        async with web.serving(web.Service(draining=True)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(b"GET /unsafe/x HTTP/1.1\r\nHost: h\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert b"Connection: close" in head
            writer.close()

    asyncio.run(scenario())


def test_the_health_check_can_be_moved(web):
    async def scenario():
        settings = Settings(http=HttpSettings(healthcheck_route="/status"))
        async with web.serving(web.Service(settings=settings)) as client:
            assert (await client.get("/status")).body == b"WORKING"
            assert (await client.get("/healthcheck")).body == b"picture"

    asyncio.run(scenario())


def lists(*names):
    return replace(Settings(), extensions=ExtensionSettings(handler_lists=names))


def test_handler_lists_name_the_endpoints_in_their_order(web, monkeypatch):
    class Hello(RequestHandler):
        def initialize(self, service):
            self.service = service

        def get(self):
            self.write(type(self.service).__name__)

    module = ModuleType("custom.handlers")
    module.get_handlers = lambda service: [("/hello", Hello, {"service": service})]
    monkeypatch.setitem(sys.modules, "custom", ModuleType("custom"))
    monkeypatch.setitem(sys.modules, "custom.handlers", module)
    settings = lists("thumbor.handler_lists.healthcheck", "custom.handlers")

    async def scenario():
        async with web.serving(web.Service(settings=settings)) as client:
            assert (await client.get("/hello")).body == b"FakeService"
            assert (await client.get("/healthcheck")).body == b"WORKING"
            assert (await client.get("/blacklist")).body == b"picture"

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["nonsense", "no.such.module", "json"])
def test_a_handler_list_that_is_none_stops_the_start(web, name):
    async def scenario():
        async with web.serving(web.Service(settings=lists(name))):
            pass

    with pytest.raises(ConfigurationError, match=name):
        asyncio.run(scenario())


def test_with_nothing_else_configured_everything_is_a_picture(web):
    async def scenario():
        async with web.serving(web.Service(settings=lists())) as client:
            for target in ("/", "/favicon.ico", "/image", "/blacklist", "/healthcheck"):
                assert (await client.get(target)).body == b"picture"

    asyncio.run(scenario())
