"""The server in a thread, to compare the function's answers with."""

from __future__ import annotations

import asyncio
import http.client
import threading

from tornado.netutil import bind_sockets

from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.app import make_app
from thumborlike.web.server import make_server

TIMES = ("date", "expires")
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding")


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


def compared(status, headers, body):
    """All that has to be the same; times and the connection's own headers may differ."""
    kept = {k: v for k, v in headers.items() if k not in (*TIMES, *HOP_BY_HOP)}
    return status, kept, body


def survives_decoding(link):
    """Whether a path can be told from its decoded form, with its canonical spelling only."""
    path = link.partition("?")[0].lower()
    return not any(each in path for each in ("%2f", "%2b", "%c3%a1.jpg", "%ff", "%a"))
