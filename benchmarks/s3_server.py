"""An S3 on this machine, some milliseconds away: versitygw behind a proxy that delays requests."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .servers import ServerError, free_port, stop

ACCESS, SECRET = "benchmark", "benchmarksecret"
BUCKET = "bucket"
START_SECONDS = 10.0


@contextmanager
def delayed_s3(work: Path, seconds: float) -> Iterator[str]:
    """The URL of an S3 whose bucket is the folder `work`/s3/bucket. Raises `ServerError`.

    Each request arrives `seconds` later than it was sent.
    """
    program = os.environ.get("VERSITYGW") or shutil.which("versitygw")
    if program is None:
        raise ServerError("needs versitygw: set VERSITYGW, or have it on the PATH")
    far, near = free_port(), free_port()
    (work / "meta").mkdir(exist_ok=True)
    (work / "s3" / BUCKET).mkdir(parents=True, exist_ok=True)
    command = [
        program, "--access", ACCESS, "--secret", SECRET, "--port", f"127.0.0.1:{far}",
        "posix", "--sidecar", str(work / "meta"), str(work / "s3"),
    ]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    proxy = multiprocessing.get_context("spawn").Process(target=_delay, args=(near, far, seconds))
    proxy.start()
    try:
        for port in (far, near):
            _await(port)
        yield f"http://127.0.0.1:{near}"
    finally:
        proxy.terminate()
        proxy.join()
        stop(server)


def _await(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), 1).close()
        time.sleep(0.05)
    raise ServerError("the S3 does not start")


class _End(asyncio.Protocol):
    """One side of a connection: what it reads goes to the `other`, after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.other: asyncio.Future[asyncio.WriteTransport] = asyncio.Future()
        self.own: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.own = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self.seconds, self._pass_on, data)

    def connection_lost(self, error: Exception | None) -> None:
        self.other.add_done_callback(lambda found: found.result().close())

    def _pass_on(self, data: bytes) -> None:
        if self.other.done():
            self.other.result().write(data)
        else:
            self.other.add_done_callback(lambda found: found.result().write(data))


class _Near(_End):
    """The client's side: opens the way to the server."""

    def __init__(self, seconds: float, port: int) -> None:
        super().__init__(seconds)
        self.port = port
        self.opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.opening = asyncio.ensure_future(self._open())

    async def _open(self) -> None:
        assert self.own
        loop = asyncio.get_running_loop()
        far, end = await loop.create_connection(lambda: _End(0.0), "127.0.0.1", self.port)
        end.other.set_result(self.own)
        self.other.set_result(far)


def _delay(near: int, far: int, seconds: float) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        made = await loop.create_server(lambda: _Near(seconds, far), "127.0.0.1", near)
        async with made:
            await made.serve_forever()

    asyncio.run(serve())
