"""conf/nginx, run for real: pictures through its cache are those of the server."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tornado.netutil import bind_sockets

from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.app import make_app
from thumborlike.web.server import make_server

ROOT = Path(__file__).resolve().parent.parent
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
REQUESTS, PICTURES = 10_000, 50
KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(ROOT / "tests/pictures"), "STORAGE": "no", "AUTO_WEBP": True,
}  # fmt: skip

pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not there")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def configuration(folder: Path, front: int, back: int) -> Path:
    text = (ROOT / "conf/nginx/thumborlike.conf").read_text()
    text = text.replace("/var/cache/nginx/thumborlike", str(folder / "cache"))
    text = text.replace("127.0.0.1:8888", f"127.0.0.1:{back}")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{front};")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    made = folder / "nginx.conf"
    made.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{temporary}{text}\n}}\n"
    )
    return made


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Starts nginx; gives its port and the one where it looks for the server."""
    front, back = free_port(), free_port()
    made = configuration(tmp_path, front, back)
    assert NGINX
    command = [NGINX, "-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(made)]
    subprocess.run([*command, "-t"], check=True, timeout=60, capture_output=True)
    process = subprocess.Popen(command)
    try:
        wait_for(front, process)
        yield front, back
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("nginx did not start")


def path_of(number: int) -> str:
    return f"/unsafe/{10 + number % PICTURES}x20/photo.jpg"


def asked(port: int, numbers: range) -> list[tuple[int, int, str, str, bytes]]:
    """Number, status, type, cache's word and body of each, over one connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    answers = []
    for number in numbers:
        accept = "image/webp,*/*" if number % 2 else "*/*"
        connection.request("GET", path_of(number), headers={"Accept": accept})
        answer = connection.getresponse()
        kind, cached = answer.headers["Content-Type"], answer.headers.get("X-Cache", "")
        answers.append((number, answer.status, kind, cached, answer.read()))
    connection.close()
    return answers


def status_of(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_pictures_come_from_the_cache_and_are_the_same(nginx: tuple[int, int]) -> None:
    front, back = nginx

    async def scenario() -> None:
        loaded = load(overrides=KEYS)
        service = build(loaded)
        server = make_server(make_app(service), loaded.settings)
        server.add_sockets(bind_sockets(back, "127.0.0.1"))
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(4) as pool:
            try:
                await loop.run_in_executor(pool, look)
            finally:
                server.stop()
                await server.close_all_connections()
                await service.drain(10)

    def look() -> None:
        plain = {each[0]: each for each in asked(back, range(2 * PICTURES))}
        found = asked(front, range(REQUESTS))
        seen = Counter(each[3] for each in found)
        for number, status, kind, _, body in found:
            first = plain[number % (2 * PICTURES)]
            assert (status, kind, body) == (200, first[2], first[4]), path_of(number)
        assert seen["MISS"] == PICTURES  # even ones plain, odd ones WebP
        assert seen["HIT"] == REQUESTS - PICTURES
        assert status_of(front, "/metrics") == 403
        assert status_of(front, "/healthcheck") == 200
        assert status_of(front, "/unsafe/none.jpg") == 404

    asyncio.run(scenario())


def test_nothing_hides_the_path_that_was_signed() -> None:
    text = (ROOT / "conf/nginx/thumborlike.conf").read_text()
    assert not re.search(r"proxy_pass http://thumborlike/", text)
