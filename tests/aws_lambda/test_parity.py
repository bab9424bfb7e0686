"""The server with its socket and the function without one answer alike."""

from __future__ import annotations

import asyncio
import http.client
import threading

import pytest
from lambda_forms import DECODING, FORMS, event_of, response_of
from signed_links import KEY, links
from tornado.netutil import bind_sockets

from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.app import make_app
from thumborlike.web.server import make_server

TIMES = ("date", "expires")
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding")
LINKS = tuple(links())


class Server:
    """The server on a free port, in a thread of its own."""

    def __init__(self, **keys):
        self._keys = keys
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    async def _serve(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        loaded = load("/dev/null", overrides=self._keys)
        service = build(loaded)
        server = make_server(make_app(service), loaded.settings)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        self.port = sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.stop()
        await server.close_all_connections()
        await service.drain(5)

    def get(self, target, method="GET", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, headers=headers or {})
            response = connection.getresponse()
            found = {}
            for name, value in response.getheaders():
                found[name.lower()] = value
            return response.status, found, response.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def keys(pictures):
    return {
        "SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "STORAGE": "no", "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(pictures), "AUTO_WEBP": True,
        "ACCESS_CONTROL_ALLOW_ORIGIN_HEADER": "*", "SOURCE_FAILURE_SECONDS": 0.0,
    }  # fmt: skip


@pytest.fixture(scope="module")
def server(keys):
    with Server(**keys) as running:
        yield running


@pytest.fixture(scope="module")
def answers(server):
    """The server's answers to all links."""
    return {link: server.get(link, headers={"Accept": "image/webp"}) for link in LINKS}


def compared(status, headers, body):
    """All that has to be the same; times and the connection's own headers may differ."""
    kept = {k: v for k, v in headers.items() if k not in (*TIMES, *HOP_BY_HOP)}
    return status, kept, body


def survives_decoding(link):
    """Whether a path can be told from its decoded form, with its canonical spelling only."""
    path = link.partition("?")[0].lower()
    return not any(each in path for each in ("%2f", "%2b", "%c3%a1.jpg", "%ff", "%a"))


def test_there_are_enough_links():
    assert len(set(LINKS)) == len(LINKS) >= 200
    assert sum("%" in each for each in LINKS) > 60


@pytest.mark.parametrize("form", FORMS)
def test_answers_are_the_server_s_own(form, function, keys, answers):
    made = function(**keys)
    statuses = set()
    for link in LINKS:
        if form in DECODING and not survives_decoding(link):
            continue
        event = event_of(form, link, headers={"Accept": "image/webp"})
        found = response_of(form, made(event, None))
        assert compared(*found) == compared(*answers[link]), link
        statuses.add(found[0])
    assert {200, 400, 404} <= statuses


@pytest.mark.parametrize("form", FORMS)
def test_head_and_conditions_are_the_server_s_own(form, function, keys, server):
    made = function(**keys)
    for link in LINKS[:40:5]:
        etag = server.get(link)[1].get("etag", '"none"')
        for method, headers in (
            ("HEAD", {}),
            ("GET", {"If-None-Match": etag}),
            ("GET", {"If-None-Match": '"other"'}),
            ("HEAD", {"If-None-Match": f'"x", W/{etag}'}),
        ):
            found = response_of(form, made(event_of(form, link, method, headers), None))
            assert compared(*found) == compared(*server.get(link, method, headers)), (link, headers)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_other_methods_are_refused_as_the_server_does(form, method, function, keys, server):
    link = "/unsafe/20x20/photo.jpg"
    found = response_of(form, function(**keys)(event_of(form, link, method, body=b"x"), None))
    assert compared(*found) == compared(*server.get(link, method))
    assert found[0] == 405
