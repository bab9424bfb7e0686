"""An origin server that misbehaves on demand, and the environment that loaders are given."""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from thumborlike.interfaces import Source, SourceRequest

LOOPBACK = ("127.0.0.0/8",)

Handler = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    """A request as the origin saw it."""

    line: str
    headers: dict[str, str]
    reader: asyncio.StreamReader

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


@dataclass
class Origin:
    """Serves on loopback. `routes` maps a path (without query) to what happens."""

    routes: dict[str, Handler | bytes]
    port: int = 0
    accepted: int = 0
    open: int = 0
    most_open: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    def name(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """The name of a source here, as the core quotes it."""
        return f"http%3A//{host}%3A{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self.connections.add(writer)
        try:
            while asked := await read_request(reader):
                self.asked.append(asked)
                action = self.routes.get(asked.path.partition("?")[0], answer(404))
                if isinstance(action, bytes):
                    writer.write(action)
                    await writer.drain()
                else:
                    await action(asked, writer)
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self.connections.discard(writer)
            writer.close()


async def stall(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Says nothing (more) until the client goes."""
    await writer.drain()
    await asked.reader.read()
    writer.close()


async def read_request(reader: asyncio.StreamReader) -> Asked | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.rstrip("\r\n").split("\r\n")
    headers = dict(part.split(": ", 1) for part in lines)
    return Asked(line, {name.lower(): value for name, value in headers.items()}, reader)


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A complete answer; header names with `_` for `-`."""
    headers.setdefault("Content_Length", str(len(body)))
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + body


@asynccontextmanager
async def serving(
    routes: dict[str, Handler | bytes], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Origin]:
    origin = Origin(routes)
    server = await asyncio.start_server(origin.serve, "127.0.0.1", 0, ssl=tls)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for writer in list(origin.connections):
            writer.transport.abort()
        while origin.open:
            await asyncio.sleep(0.001)


class Counts:
    """Metrics that remember."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, int]] = []

    def incr(self, name: str, value: int = 1) -> None:
        self.counted.append((name, value))

    def timing(self, name: str, milliseconds: float) -> None:
        self.counted.append((name, -1))


@dataclass
class Env:
    """What a plugin is given."""

    values: dict[str, Any] = field(default_factory=dict)
    max_source_size: int = 100_000
    quirks: bool = False
    metrics: Counts = field(default_factory=Counts)
    loaders: dict[str, Any] = field(default_factory=dict)

    def section(self, kind: type[Any]) -> Any:
        return kind(**self.values)

    def loader(self, name: str) -> Any:
        return self.loaders[name]

    def storage(self, name: str) -> Any:
        raise NotImplementedError


async def load(env: Env, name: str, kind: str = "http", **headers: str) -> Source:
    """One source through a loader of its own."""
    module = importlib.import_module(f"thumborlike.loaders.{kind}")
    loader = module.create(env)
    try:
        return await loader.load(SourceRequest(name, headers))
    finally:
        await loader.close()


def env(*, max_source_size: int = 100_000, quirks: bool = False, **keys: Any) -> Env:
    """An environment whose loaders may fetch from loopback, with keys in lower case."""
    keys.setdefault("http_loader_allowed_networks", LOOPBACK)
    return Env(keys, max_source_size, quirks)


@pytest.fixture
def web() -> SimpleNamespace:
    """The helpers above: test modules are not a package and cannot import this one."""
    return SimpleNamespace(serving=serving, answer=answer, load=load, env=env, Env=Env, stall=stall)
