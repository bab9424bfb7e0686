"""`thumborlike warm`, from lists to results that are there."""

from __future__ import annotations

import fcntl
import http.server
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from thumborlike.cli.main import main

PICTURES = Path(__file__).parent.parent / "pictures"
SHAPES = [f"{width}x{height}" for width in range(200, 450, 10) for height in range(200, 400, 10)]
"""Five hundred, each of which takes some milliseconds."""


@pytest.fixture
def conf(tmp_path):
    """A configuration with a key, over one small picture."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "a b.jpg").write_bytes((PICTURES / "tiny.jpg").read_bytes())
    path = tmp_path / "thumbor.conf"
    path.write_text(
        "SECURITY_KEY = 'a key for the tests'\nLOADER = 'file'\nSTORAGE = 'no'\n"
        f"FILE_LOADER_ROOT_PATH = {str(sources)!r}\nRESULT_STORAGE = 'file'\n"
        f"RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = {str(tmp_path / 'results')!r}\n"
        "AUTO_WEBP = True\nWORKER_ISOLATION = 'thread'\n"
    )
    return path


def results(tmp_path):
    found = [each for each in (tmp_path / "results").rglob("*") if each.is_file()]
    return [each for each in found if ".thumborlike-sources" not in each.parts]


def warm(*arguments, **options):
    line = [sys.executable, "-m", "thumborlike.cli", "warm", *map(str, arguments)]
    return subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def finished(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def noted(journal):
    """Names of what is done, by the journal."""
    lines = journal.read_text().splitlines()[1:] if journal.exists() else []
    return [json.loads(line)["name"] for line in lines if line.endswith("}")]


def wait_for(journal, count, process):
    end = time.monotonic() + 90
    while len(noted(journal)) < count and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.long
def test_five_hundred_interrupted_twice_and_resumed(conf, tmp_path):
    urls, journal, report = tmp_path / "urls", tmp_path / "journal", tmp_path / "report.json"
    (tmp_path / "sources" / "photo.jpg").write_bytes((PICTURES / "photo.jpg").read_bytes())
    urls.write_text("".join(f"{shape}/photo.jpg\n" for shape in SHAPES))
    command = (urls, "-c", conf, "--journal", journal, "--report", report)

    for number, count in ((signal.SIGINT, 40), (signal.SIGKILL, 120)):
        process = warm(*command, "-n", 1)
        wait_for(journal, count, process)
        process.send_signal(number)
        status, _, err = finished(process)
        assert status == (130 if number == signal.SIGINT else -signal.SIGKILL), err
        if number == signal.SIGINT:
            assert "goes on from here" in err
            assert json.loads(report.read_text())["interrupted"]
        assert count <= len(noted(journal)) < 500

    before = len(noted(journal))
    status, _, err = finished(warm(*command))
    assert status == 0, err
    assert f"{500 - before}/{500 - before} 100%" in err
    told = json.loads(report.read_text())
    assert (told["earlier"], told["failed"], told["left"]) == (before, 0, 0)
    assert told["done"] + told["already_there"] == told["wanted"] == 500
    assert Counter(noted(journal)).most_common(1)[0][1] == 1
    assert len(noted(journal)) == len(results(tmp_path)) == 500


def test_a_bar_on_a_terminal(conf, tmp_path):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    line = [sys.executable, "-m", "thumborlike.cli", "warm", "-", "-c", str(conf)]
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs
        )
        os.close(theirs)
        out, _ = process.communicate(b"20x20/a%20b.jpg\n30x30/a%20b.jpg\n", timeout=60)
        shown = b""
        try:
            while piece := screen.read(4096):
                shown += piece
        except OSError:
            pass  # the other end is closed
    assert b"100%" in shown
    assert b"2/2" in shown
    assert b"2 of 2" in out


def test_a_folder_in_shapes_for_several_browsers(conf, tmp_path, capsys):
    line = ["warm", "-q", "-c", str(conf), "--folder", str(tmp_path / "sources")]
    line += ["--path", "30x30/smart", "--path", "fit-in/20x20", "--formats", "webp,plain"]
    assert main([*line, "--dry-run"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 4
    assert all(each.partition("  ")[0].endswith("/a%20b.jpg") for each in shown)
    assert main(line) == 0
    assert "4 of 4" in capsys.readouterr().out
    assert {each.read_bytes()[:4] for each in results(tmp_path)} == {b"RIFF", b"\xff\xd8\xff\xe0"}
    assert main(line) == 0
    assert "already there          4" in capsys.readouterr().out


def test_a_sitemap_whose_pictures_are_sources(conf, tmp_path, capsys):
    sitemap = tmp_path / "s.xml"
    sitemap.write_text(
        '<urlset xmlns:i="u"><url><i:image><i:loc>https://a.net/p/a%20b.jpg</i:loc></i:image></url>'
        "</urlset>"
    )
    line = ["warm", "-q", "-c", str(conf), "--sitemap", str(sitemap), "-p", "30x30"]
    assert main([*line, "--strip", "https://a.net/p/"]) == 0
    assert len(results(tmp_path)) == 1


def test_a_bucket_in_pages(conf, tmp_path, capsys):
    pytest.importorskip("boto3")
    from s3_server import FakeS3

    with FakeS3() as server:
        for number in range(1200):
            server.objects[f"originals/p/{number:04} ü.jpg"] = (b"x", {})
        server.objects["originals/p/notes.txt"] = server.objects["originals/q/a.jpg"] = (b"x", {})
        with conf.open("a") as file:
            file.write(
                f"S3_ENDPOINT = {server.url!r}\nS3_ACCESS_KEY_ID = S3_SECRET_ACCESS_KEY = 'k'\n"
            )
        line = [
            "warm",
            "-c",
            str(conf),
            "--s3",
            "s3://originals/p/",
            "--strip",
            "p/",
            "-p",
            "30x30",
        ]
        assert main([*line, "--unsafe", "--dry-run"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == len(set(shown)) == 1200
    assert shown[1199] == "/unsafe/30x30/1199%20%C3%BC.jpg"


def test_failures_are_told_and_tried_again_by_the_next_run(conf, tmp_path, capsys):
    journal, report = tmp_path / "j", tmp_path / "r.json"
    urls = tmp_path / "urls"
    urls.write_text("# a list\n\n30x30/gone.jpg\n30x30/a%20b.jpg\n/unsafe/30x30/a%20b.jpg\n")
    line = ["warm", "-q", "-c", str(conf), str(urls), "--journal", str(journal)]
    assert main([*line, "--report", str(report)]) == 1
    told = json.loads(report.read_text())
    assert (told["done"], told["failed"]) == (1, 2)
    assert sorted((each["status"], each["count"]) for each in told["failures"]) == [
        (200, 1),
        (404, 1),
    ]
    assert "RESULT_STORAGE_STORES_UNSAFE" in capsys.readouterr().out
    (tmp_path / "sources" / "gone.jpg").write_bytes((PICTURES / "tiny.jpg").read_bytes())
    assert main(line) == 1
    out = capsys.readouterr().out
    assert "1 by an earlier run" in out
    assert "404" not in out


@pytest.mark.parametrize(
    "arguments, told",
    [
        ((), "what is to be warmed"),
        (("--folder", "."), "--path"),
        (("nothing.txt",), "No such file"),
        (("urls", "-p", "300by2"), "--path"),
        (("urls", "--formats", "bmp"), "bmp"),
        (("urls", "-s", "nowhere"), "no server"),
        (("urls", "--s3", "s3:/x", "-p", "1x1"), "no bucket"),
        (("--sitemap", "none.xml"), "No such file"),
        (("--sitemap", "http://127.0.0.1:1/s.xml"), "s.xml: "),
        (("empty",), "nothing to do"),
    ],
)
def test_what_cannot_begin(conf, tmp_path, capsys, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    Path("urls").write_text("/unsafe/a.jpg\n")
    Path("empty").write_text("\n")
    assert main(["warm", "-c", str(conf), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_without_a_result_storage_a_server_is_needed(tmp_path, capsys):
    path, urls = tmp_path / "t.conf", tmp_path / "urls"
    path.write_text("LOADER = 'file'\n")
    urls.write_text("/unsafe/a.jpg\n")
    assert main(["warm", "-c", str(path), str(urls)]) == 2
    assert "--server" in capsys.readouterr().err


class Server(http.server.ThreadingHTTPServer):
    """Answers by the path's last part; the second time with 200 where it asked for patience."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        first = self.path not in [path for path, _ in self.server.asked]
        self.server.asked.append((self.path, self.headers["Accept"]))
        name = self.path.rpartition("/")[2]
        status = int(name) if name.isdecimal() and (first or not name.startswith("503")) else 200
        body = b"<script>" if status != 200 else b"picture"
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "1")
        if name == "hit":
            self.send_header("Cache-Status", "edge; fwd=miss, thumborlike; hit")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_running_server_is_asked_and_heard(tmp_path, capsys):
    urls, report = tmp_path / "urls", tmp_path / "r.json"
    urls.write_text("https://img.example.com/S/a\n/S/hit\n/S/503\n/S/404\n")
    with running() as server:
        line = ["warm", "-q", "-c", os.devnull, str(urls), "-s", server.url, "--formats", "webp"]
        assert main([*line, "--report", str(report)]) == 1
    told = json.loads(report.read_text())
    assert (told["done"], told["already_there"], told["failed"]) == (2, 1, 1)
    assert told["failures"] == [{"status": 404, "reason": "", "count": 1, "examples": ["/S/404"]}]
    assert told["seconds"] >= 0.9  # as the server asked
    assert Counter(path for path, _ in server.asked)["/S/503"] == 2
    assert {accept for _, accept in server.asked} == {"image/webp,image/*,*/*;q=0.8"}


def test_a_server_that_is_not_there(tmp_path, capsys):
    urls = tmp_path / "urls"
    urls.write_text("/S/a\n")
    with running() as server:
        nowhere = server.url
    line = ["warm", "-q", "-c", os.devnull, str(urls), "-s", nowhere, "--retries", "1"]
    assert main(line) == 1
    assert "1 x no answer" in capsys.readouterr().out
