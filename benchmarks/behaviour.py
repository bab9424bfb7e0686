"""Two rows that are not about speed: is the server awake under load, is equal work done once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from .load import LoadError, Plan, fetch, kept_busy, numbered, send
from .measure import cpu_seconds
from .rows import COPIES, ROWS, Row
from .servers import Running, Server, from_files, from_origin, running

BUSY: Row = ROWS[1]
COLD_OPERATION, COLD_PICTURE = "800x600", "2560.jpg"
CROWD = 200
SINGLE = 10
"""Requests whose mean CPU time tells what one request for a cold URL costs."""
ORIGIN_DELAY = 0.05
PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Cold:
    """What the crowd's one URL cost. `work`: CPU time in units of one lone request's."""

    seconds: float
    fetches: int
    cpu_ms: float
    work: float


def health(
    server: Server, folder: Path, connections: int, seconds: float
) -> list[tuple[float, int]]:
    """Milliseconds of /healthcheck, connection included, while large pictures are made."""
    before, after = numbered(BUSY.path(0), 0)
    plan = Plan(before, after, COPIES, 1_000_000, connections)
    with running(server, from_files(folder / "pictures"), folder) as up:
        fetch(up.port, BUSY.path(0))
        with kept_busy(up.port, plan):
            time.sleep(1)
            return list(_probed(up.port, seconds))


def cold(server: Server, folder: Path) -> Cold:
    """Many clients at once for one URL that nobody has asked for before."""
    body = (folder / "pictures" / COLD_PICTURE).read_bytes()
    with TemporaryDirectory(dir=folder) as storage, _origin(body) as origin:
        keys = from_origin(Path(storage), server.name)
        with running(server, keys, folder) as up:
            return _crowded(up, origin)


def _probed(port: int, seconds: float) -> Iterator[tuple[float, int]]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.perf_counter()
        status, _ = fetch(port, "/healthcheck")
        if status != 200:
            raise LoadError(f"/healthcheck answers {status}")
        yield (time.perf_counter() - started) * 1000, 1
        time.sleep(PAUSE)


def _crowded(server: Running, origin: Origin) -> Cold:
    fetch(server.port, _path(origin, "warm"))
    before = cpu_seconds(server.pid)
    for number in range(SINGLE):
        fetch(server.port, _path(origin, f"single-{number}"))
    single = (cpu_seconds(server.pid) - before) / SINGLE
    before = cpu_seconds(server.pid)
    before_number, after_number = numbered(_path(origin, "crowd-0"), 0)
    load = send(server.port, Plan(before_number, after_number, 1, CROWD, CROWD))
    used = cpu_seconds(server.pid) - before
    return Cold(load.seconds, origin.fetches("/crowd-0.jpg"), used * 1000, used / single)


def _path(origin: Origin, name: str) -> str:
    return f"/unsafe/{COLD_OPERATION}/127.0.0.1:{origin.port}/{name}.jpg"


class Origin:
    """A web server with one picture under every name, which counts."""

    def __init__(self, server: ThreadingHTTPServer, asked: list[str]) -> None:
        self.port = int(server.server_address[1])
        self._asked = asked

    def fetches(self, path: str) -> int:
        """How often it was asked for that path."""
        return self._asked.count(path)


@contextmanager
def _origin(body: bytes) -> Iterator[Origin]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            time.sleep(ORIGIN_DELAY)
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 2 * CROWD

        def handle_error(self, request: object, client_address: object) -> None:
            """A server that is stopped leaves its connections; that is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Origin(server, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
