"""Many clients at once, against a real server process."""

import asyncio
import contextlib
import http.server
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import typing
from pathlib import Path

import pytest

PICTURES = Path(__file__).parent / "pictures"
LARGE = (PICTURES / "large.jpg").read_bytes()


class Origin(http.server.BaseHTTPRequestHandler):
    """Counts fetches and takes its time."""

    fetches: typing.ClassVar[list[str]] = []

    def do_GET(self):
        Origin.fetches.append(self.path)
        time.sleep(0.3)
        self.send_response(200)
        self.send_header("Content-Length", str(len(LARGE)))
        self.end_headers()
        self.wfile.write(LARGE)

    def log_message(self, *args):
        pass


@pytest.fixture
def origin():
    Origin.fetches.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(tmp_path, **keys):
    conf, port = tmp_path / "thumbor.conf", free_port()
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in keys.items()))
    command = [sys.executable, "-c", "from thumborlike.cli import main; raise SystemExit(main())"]
    flags = ["-p", str(port), "-i", "127.0.0.1", "-c", str(conf), "-l", "debug"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, *flags], stderr=log, stdout=log, cwd=tmp_path)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(15) == 0


async def get(port, path):
    """Status and body of one request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def test_two_hundred_cold_requests_are_one_fetch_and_one_render(tmp_path, origin):
    keys = {
        "STORAGE": "thumbor.storages.no_storage",
        "HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.0/8"],
    }

    async def flood(port):
        path = f"/unsafe/200x150/{origin}/large.jpg"
        return await asyncio.gather(*(get(port, path) for _ in range(200)))

    with running(tmp_path, **keys) as port:
        answers = asyncio.run(flood(port))
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    assert Origin.fetches == ["/large.jpg"]
    log = (tmp_path / "log").read_text()
    assert len(re.findall(r"picture\.rendered", log)) == 1


def test_the_health_check_answers_while_pictures_are_made(tmp_path):
    keys = {
        "LOADER": "thumbor.loaders.file_loader",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "STORAGE": "thumbor.storages.no_storage",
    }

    async def scenario(port):
        paths = [f"/unsafe/{1800 + n}x{1200 + n}/filters:blur(9)/large.jpg" for n in range(8)]
        work = [asyncio.create_task(get(port, path)) for path in paths]
        await asyncio.sleep(0.2)
        times = []
        while not all(task.done() for task in work) and len(times) < 200:
            started = time.perf_counter()
            status, _ = await get(port, "/healthcheck")
            assert status == 200
            times.append(time.perf_counter() - started)
            await asyncio.sleep(0.005)
        assert {status for status, _ in await asyncio.gather(*work)} == {200}
        return sorted(times)

    with running(tmp_path, **keys) as port:
        times = asyncio.run(scenario(port))
    assert len(times) > 20
    assert times[int(len(times) * 0.9)] < 0.05
    assert times[-1] < 1
