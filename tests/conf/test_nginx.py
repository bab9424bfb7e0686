"""conf/nginx, run for real: pictures through its cache are those of the server."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from fronted import ROOT, ask, configured, free_port, running, serving, until
from tornado.netutil import bind_sockets

from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.app import make_app
from thumborlike.web.server import make_server

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
GIXY = shutil.which("gixy") or shutil.which("gixy", path=str(Path(sys.executable).parent))
REQUESTS, PICTURES = 10_000, 50
PICTURE = "/unsafe/40x30/photo.jpg"
KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(ROOT / "tests/pictures"), "STORAGE": "no", "AUTO_WEBP": True,
}  # fmt: skip

pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not there")


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


@contextlib.contextmanager
def nginx(folder: Path, back: int) -> Iterator[int]:
    """The port at which nginx listens, in front of the other one."""
    front = free_port()
    made = configuration(folder, front, back)
    assert NGINX
    command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(made)]
    subprocess.run([*command, "-t"], check=True, timeout=60, capture_output=True)
    with running(command, front):
        yield front


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


def test_pictures_come_from_the_cache_and_are_the_same(tmp_path: Path) -> None:
    back = free_port()

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
        with nginx(tmp_path, back) as front:
            compare(front)

    def compare(front: int) -> None:
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


def test_a_copy_for_each_kind_of_accept(tmp_path: Path) -> None:
    back = free_port()
    avif, webp = "image/avif,image/webp,*/*;q=0.8", "image/webp,*/*"
    kinds = {avif: "image/avif", webp: "image/webp", "*/*": "image/jpeg",
             "image/webp; q=0, */*": "image/jpeg", "IMAGE/WEBP": "image/webp"}  # fmt: skip
    with serving(configured(tmp_path), back), nginx(tmp_path, back) as front:
        for accept, kind in kinds.items():
            straight, passed = ask(back, PICTURE, accept), ask(front, PICTURE, accept)
            assert (passed.status, passed.kind, passed.body) == (200, kind, straight.body), accept
        seen = [ask(front, PICTURE, f"{each},text/html;q=0.{n}").cached
                for each in (avif, webp, "") for n in range(1, 4)]  # fmt: skip
        assert seen == ["HIT"] * 9
    assert len(stored(tmp_path)) == 3


def test_old_copies_are_shown_while_the_server_is_away(tmp_path: Path) -> None:
    back = free_port()
    conf = configured(tmp_path, MAX_AGE=1)
    with contextlib.ExitStack() as stack:
        with serving(conf, back):
            front = stack.enter_context(nginx(tmp_path, back))
            first = ask(front, PICTURE)
        until(lambda: ask(front, PICTURE).cached in ("STALE", "UPDATING"), "it did not get old")
        stale = ask(front, PICTURE)
        assert (stale.status, stale.body) == (200, first.body)
        assert ask(front, "/unsafe/9x9/photo.jpg").status == 502
        with serving(conf, back):
            until(lambda: ask(front, PICTURE).cached == "HIT", "it was not made anew")


def stored(folder: Path) -> list[Path]:
    return [each for each in (folder / "cache").rglob("*") if each.is_file()]


@pytest.mark.skipif(not GIXY, reason="gixy is not there")
def test_nothing_is_found_by_gixy(tmp_path: Path) -> None:
    made = tmp_path / "nginx.conf"
    text = (ROOT / "conf/nginx/thumborlike.conf").read_text()
    made.write_text(f"events {{}}\nhttp {{\n{text}\n}}\n")
    assert GIXY
    done = subprocess.run([GIXY, str(made)], capture_output=True, text=True, check=False)
    assert (done.returncode, "No issues found" in done.stdout) == (0, True), done.stdout


def test_nothing_hides_the_path_that_was_signed() -> None:
    text = (ROOT / "conf/nginx/thumborlike.conf").read_text()
    assert not re.search(r"proxy_pass http://thumborlike/", text)
