"""The application with a service of the test's own, and a client that sends exact bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from thumborlike.http.message import Request, Response
from thumborlike.settings import Settings


class Counted:
    def __init__(self) -> None:
        self.names: list[str] = []

    def incr(self, name: str, value: int = 1) -> None:
        self.names.append(name)

    def timing(self, name: str, milliseconds: float) -> None:
        self.names.append(name)


@dataclass
class FakeService:
    """Answers whatever `answer` makes of a request."""

    answer: Callable[[Request], Awaitable[Response]] | None = None
    settings: Settings = field(default_factory=Settings)
    uploads: Any = None
    block_list: Any = None
    draining: bool = False
    leaving: bool = False
    metrics: Counted = field(default_factory=Counted)
    asked: list[Request] = field(default_factory=list)

    def at_once(self, request: Request) -> Response | None:
        return None

    async def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if self.answer:
            return await self.answer(request)
        body = b"" if request.method == "HEAD" else b"picture"
        return Response(200, (("Content-Type", "image/jpeg"),), body, content_length=7)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    raw: bytes


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    async def raw(self, request: bytes) -> Reply:
        """Send bytes, read until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return parse(answer)

    async def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Host": "h", "Connection": "close", **named}
        if body:
            named.setdefault("Content-Length", str(len(body)))
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        return await self.raw(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)

    async def get(self, target: str, **headers: str) -> Reply:
        return await self.send("GET", target, **headers)


def parse(answer: bytes) -> Reply:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Reply(int(first.split(" ")[1]) if first else 0, headers, body, answer)


@asynccontextmanager
async def serving(service: Any):
    from tornado.netutil import bind_sockets

    from thumborlike.web.app import make_app
    from thumborlike.web.server import make_server

    app = make_app(service)
    server = make_server(app, service.settings)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    try:
        yield Client(sockets[0].getsockname()[1])
    finally:
        server.stop()
        await app.open_requests.closed(1)
        await server.close_all_connections()


@pytest.fixture
def web() -> SimpleNamespace:
    return SimpleNamespace(serving=serving, Service=FakeService, parse=parse)
