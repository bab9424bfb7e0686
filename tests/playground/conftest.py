"""A server of its own in a thread, with the samples, for tests that talk to it by sockets."""

import asyncio
import contextlib
import json
import threading
from http.client import HTTPConnection

import pytest

from thumborlike.cli import demo
from thumborlike.service import build
from thumborlike.settings import load
from thumborlike.web.app import make_app
from thumborlike.web.server import make_server

KEY = "a key of the tests"


class Playground:
    """Where the server is, and how to ask it."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method, path, body=None, headers=None):
        """Status, headers (names in lower case) and body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, named, answer.read()
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def sign(self, paths, **headers):
        sent = {"Content-Type": "application/json", **headers}
        return self.ask("POST", "/playground/sign", json.dumps({"paths": paths}), sent)


@contextlib.contextmanager
def running(**keys):
    """A server with the keys of the demonstration and these, in a thread of its own."""
    from tornado.netutil import bind_sockets

    loaded = load(overrides={**demo.overrides(), "WORKER_ISOLATION": "thread", **keys})
    ready, ports, stop = threading.Event(), [], []

    async def serve():
        stop.append((asyncio.get_running_loop(), asyncio.Event()))
        service = build(loaded)
        server = make_server(make_app(service), loaded.settings)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        ports.append(sockets[0].getsockname()[1])
        ready.set()
        await stop[0][1].wait()
        server.stop()
        await server.close_all_connections()
        await service.drain(5)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(30)
        yield Playground(ports[0])
    finally:
        loop, event = stop[0]
        loop.call_soon_threadsafe(event.set)
        thread.join(30)


@pytest.fixture(scope="session")
def serving():
    """`running` itself, for tests with keys of their own."""
    return running


@pytest.fixture(scope="session")
def playground():
    """One server without a key."""
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def signing():
    """One that signs, and refuses what is not signed."""
    keys = {"SECURITY_KEY": KEY, "PLAYGROUND_SIGNS": True, "ALLOW_UNSAFE_URL": False}
    with running(**keys) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    """One browser; its visits are apart."""
    from playwright.sync_api import sync_playwright
    from visiting import CHROMIUM, FLAGS

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, playground):
    """Makes visits. No page may have trouble, or ask anybody but its server."""
    from visiting import Visit

    opened = []

    def make(server=playground, **traits):
        opened.append(Visit(chromium, server, **traits))
        return opened[-1]

    yield make
    for each in opened:
        each.context.close()
    assert [each.strangers for each in opened] == [[] for _ in opened]
    assert [each.troubles for each in opened] == [[] for _ in opened]
