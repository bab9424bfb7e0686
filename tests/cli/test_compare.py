"""`thumborlike compare`, between servers that answer alike, nearly, and not at all."""

from __future__ import annotations

import gzip
import http.server
import io
import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from PIL import Image

from thumborlike.cli.main import main

LINE = '192.0.2.1 - - [23/Nov/2026:10:00:00 +0000] "GET {} HTTP/1.1" 200 1 "-" "agent"\n'


def picture(colour, kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, kind)
    return out.getvalue()


RED, BLUE = picture("red"), picture("blue")


class Server(http.server.ThreadingHTTPServer):
    """Red pictures; `/blue/` is blue on the second server, `/gone/` is gone there."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, newer, pause=0.0):
        super().__init__(("127.0.0.1", 0), Answering)
        self.newer = newer
        self.pause = pause
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Clients that go away."""


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        time.sleep(self.server.pause)
        gone = self.server.newer and "/gone/" in self.path
        body = BLUE if self.server.newer and "/blue/" in self.path else RED
        self.send_response(404 if gone else 200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running(pause=0.0):
    with Server(False, pause) as old, Server(True, pause) as new:
        threads = [threading.Thread(target=each.serve_forever, args=(0.01,)) for each in (old, new)]
        for each in threads:
            each.start()
        try:
            yield old, new
        finally:
            old.shutdown()
            new.shutdown()
            for each in threads:
                each.join()


def test_what_differs_is_told_in_all_three_ways(tmp_path, capsys):
    log = tmp_path / "access.log.gz"
    paths = ["/unsafe/40x30/a.png"] * 5 + ["/unsafe/40x30/blue/<b>.png", "/unsafe/40x30/gone/a.png"]
    with gzip.open(log, "wt") as file:
        file.writelines(map(LINE.format, paths))
        file.write("nonsense\n" + LINE.format("/x").replace("GET", "POST"))
    html, report = tmp_path / "r.html", tmp_path / "r.json"
    with running() as (old, new):
        line = ["compare", str(log), "--old", old.url, "--new", new.url, "-q"]
        assert main([*line, "--html", str(html), "--report", str(report)]) == 1
        assert sorted(old.asked) == sorted(new.asked)
        assert len(new.asked) == 3
    shown = capsys.readouterr().out
    assert "1 status: 200 -> 404" in shown
    assert "3 of 3 URLs of 9 lines, 2 of them no requests for pictures" in shown
    told = json.loads(report.read_text())
    assert (told["total"]["equal"], told["total"]["different"]) == (1, 2)
    assert told["total"]["requests"] == 7
    assert {each["field"] for each in told["differences"]} == {"status", "pixels"}
    page = html.read_text()
    assert page.count("data:image/webp;base64,") >= 3
    assert "&lt;b&gt;" in page or "%3Cb%3E" in page
    assert "<b>.png" not in page


def test_nothing_differs(tmp_path, capsys):
    urls = tmp_path / "urls"
    urls.write_text("/unsafe/40x30/a.png\nhttps://img.example.com/unsafe/50x/b.png\n")
    with running() as (old, new):
        assert main(["compare", str(urls), "--old", old.url, "--new", new.url, "-q"]) == 0


def test_a_known_difference_is_no_failure(tmp_path, capsys):
    urls = tmp_path / "urls"
    urls.write_text("/unsafe/40x30/filters:pixelate(9)/blue/a.png\n")
    with running() as (old, new):
        assert main(["compare", str(urls), "--old", old.url, "--new", new.url, "-q"]) == 0
    assert "1 new-filters" in capsys.readouterr().out


def test_interrupted_and_resumed(tmp_path):
    log, journal, report = tmp_path / "log", tmp_path / "j", tmp_path / "r.json"
    paths = [f"/unsafe/{side}x30/{'blue/' * (side % 10 == 0)}a.png" for side in range(1, 161)]
    log.write_text("".join(map(LINE.format, paths)))

    def notes():
        return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0

    with running(pause=0.02) as (old, new):
        line = [sys.executable, "-m", "thumborlike.cli", "compare", str(log), "--old", old.url]
        line += ["--new", new.url, "--journal", str(journal), "--report", str(report)]
        for number, count in ((signal.SIGINT, 10), (signal.SIGKILL, 30)):
            process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            end = time.monotonic() + 60
            while notes() < count and process.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            assert process.returncode == (130 if number == signal.SIGINT else -9), err
        before = notes()
        assert 30 <= before < 160
        asked = len(old.asked)
        old.pause = new.pause = 0.0
        done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 1, done.stderr
        assert len(old.asked) - asked <= 160 - before
    told = json.loads(report.read_text())
    assert (told["wanted"], told["earlier"], told["total"]["addresses"]) == (160, before, 160)
    assert (told["total"]["equal"], told["total"]["different"]) == (144, 16)
    assert not told["interrupted"]


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("nothing", "--old", "http://a", "--new", "http://b"), "No such file"),
        (("empty", "--old", "http://a", "--new", "http://b"), "none of 1 lines"),
        (("empty", "--old", "a", "--new", "http://b"), "no server"),
        (("empty", "--old", "http://a", "--new", "http://b", "--formats", "bmp"), "bmp"),
        (("broken.gz", "--old", "http://a", "--new", "http://b"), "broken.gz"),
    ],
)
def test_what_cannot_begin(tmp_path, capsys, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_text("nonsense\n")
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8bnonsense")
    assert main(["compare", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_servers_that_are_not_there_differ(tmp_path, capsys):
    urls = tmp_path / "urls"
    urls.write_text("/unsafe/40x30/a.png\n")
    with running() as (old, new):
        gone = new.url
    with running() as (old, _):
        line = ["compare", str(urls), "--old", old.url, "--new", gone, "-q", "--retries", "0"]
        assert main(line) == 1
    assert "status: 200 -> 0" in capsys.readouterr().out
