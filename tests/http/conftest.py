"""The whole server on a real socket, and an origin that fails in every way, in one thread."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PICTURES = Path(__file__).parent.parent / "pictures"
KEY = "a key of the tests"


def answer(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode() + body


def picture(name: str = "photo.jpg") -> bytes:
    return (PICTURES / name).read_bytes()


async def reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def stall(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


ROUTES: dict[str, Callable[[], bytes] | Callable[[asyncio.StreamWriter], Awaitable[None]]] = {
    "/photo.jpg": lambda: answer(200, picture()),
    "/truncated.jpg": lambda: answer(200, picture("truncated.jpg")),
    "/text.txt": lambda: answer(200, b"no picture at all"),
    "/page.html": lambda: answer(200, b"<html><body>Not found</body></html>"),
    "/empty": lambda: answer(200),
    "/404": lambda: answer(404, b"gone"),
    "/403": lambda: answer(403, b"no"),
    "/500": lambda: answer(500, b"secret trace"),
    "/503": lambda: answer(503, b"later"),
    "/loop": lambda: answer(302, b"", "Location: /loop"),
    "/nowhere": lambda: answer(302),
    "/inside": lambda: answer(302, b"", "Location: http://10.0.0.1/photo.jpg"),
    "/elsewhere": lambda: answer(302, b"", "Location: http://localhost/photo.jpg"),
    "/short": lambda: answer(200, picture()[:500], length=99999),
    "/garbage": lambda: b"\x00\xff nonsense\r\n\r\n",
    "/large": lambda: answer(200, picture("large.jpg")),
    "/bomb.png": lambda: answer(200, picture("bomb.png")),
    "/drawing.svg": lambda: answer(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "/reset": reset,
    "/timeout": stall,
}


async def serve_origin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.decode("latin-1").split(" ")[1].partition("?")[0]
        route = ROUTES.get(path, lambda: answer(404))
        if asyncio.iscoroutinefunction(route):
            await route(writer)
        else:
            writer.write(route())
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class Running:
    """A server built from `keys`, in a thread of its own. `origin` is `127.0.0.1:<port>`."""

    def __init__(self, keys: dict[str, object]) -> None:
        self._keys = keys
        self._ready = threading.Event()
        self._stop: Any = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))
        self._thread.start()
        self._ready.wait(20)
        if self._failure:
            raise self._failure

    async def _main(self) -> None:
        try:
            await self._serve()
        except BaseException as error:
            self._failure = error
            self._ready.set()
            raise

    async def _serve(self) -> None:
        from tornado.netutil import bind_sockets

        from thumborlike.service import build
        from thumborlike.settings.reader import load
        from thumborlike.web.app import make_app
        from thumborlike.web.server import make_server

        origin = await asyncio.start_server(serve_origin, "127.0.0.1", 0)
        self.origin = f"127.0.0.1:{origin.sockets[0].getsockname()[1]}"
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        service = build(load(os.devnull, overrides=self._keys))
        server = make_server(make_app(service), service.settings)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        self.port = sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.stop()
        await service.drain(5)
        await server.close_all_connections()
        origin.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def close(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Reply:
        target = path.replace("{origin}", self.origin)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, target, headers=named)
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())


DEFAULTS: dict[str, object] = {
    "LOADER": "http",
    "STORAGE": "no",
    "SECURITY_KEY": KEY,
    "HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.0/8"],
    "HTTP_LOADER_REQUEST_TIMEOUT": 0.5,
    "HTTP_LOADER_CONNECT_TIMEOUT": 0.5,
}


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[..., Running]]:
    """A server with these keys; started once for each set of them."""
    servers: dict[str, Running] = {}

    def running(**keys: object) -> Running:
        name = repr(sorted(keys.items(), key=str))
        if name not in servers:
            servers[name] = Running({**DEFAULTS, **keys})
        return servers[name]

    yield running
    for each in servers.values():
        each.close()
