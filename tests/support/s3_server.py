"""A small S3 that can misbehave, and a real one (versitygw), on free ports of this machine."""

from __future__ import annotations

import hashlib
import http.server
import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest
from small_store import Answering, SmallStore

PROGRAM = os.environ.get("VERSITYGW") or shutil.which("versitygw")
needs_versitygw = pytest.mark.skipif(PROGRAM is None, reason="versitygw is not installed")
ACCESS, SECRET = "someaccess", "somesecretkey"


class FakeS3(SmallStore):
    """Objects by `bucket/key`. `faults`: what the next requests get instead of an answer.

    A fault is (status, code), or "reset", "cut", "endless", or "silent".
    """

    def __init__(self) -> None:
        super().__init__(S3Answers)
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.written: dict[str, float] = {}
        self.faults: list[object] = []
        self.always: object = None
        self.latency = 0.0
        self.calls: list[tuple[str, str]] = []
        self.connections = 0
        self.region = ""  # of the bucket, where told
        self.sent = 0  # bytes of bodies

    def process_request(self, request, client_address):
        self.connections += 1
        super().process_request(request, client_address)


class S3Answers(Answering, http.server.BaseHTTPRequestHandler):
    server: FakeS3

    def do_GET(self):
        if self._misbehaves():
            return
        if "list-type" in urlsplit(self.path).query:
            self._list()
        elif found := self.server.objects.get(self._name()):
            same = self.headers.get("If-None-Match") == etag_of(found[0])
            self._answer(304 if same else 200, b"" if same else found[0], found[1])
        else:
            self._fail(404, "NoSuchKey")

    do_HEAD = do_GET  # noqa: N815

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._misbehaves():
            self.server.objects[self._name()] = (body, dict(self.headers))
            self.server.written[self._name()] = time.time()
            self._answer(200, b"")

    def do_DELETE(self):
        if not self._misbehaves():
            self.server.objects.pop(self._name(), None)
            self._answer(204, b"")

    def _name(self):
        return unquote(urlsplit(self.path).path, errors="surrogateescape")[1:]

    def _list(self):
        bucket = self._name().strip("/")
        query = parse_qs(urlsplit(self.path).query)
        prefix = bucket + "/" + query.get("prefix", [""])[0]
        after = bucket + "/" + query.get("start-after", [""])[0]
        found = (name for name in self.server.objects if name.startswith(prefix) and name > after)
        names = sorted(found)[:1000]
        items = "".join(map(self._listed, names))
        self._answer(200, f"<ListBucketResult>{items}</ListBucketResult>".encode())

    def _listed(self, name):
        found, written = self.server.objects.get(name), self.server.written.get(name, 0)
        at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(written))
        return (
            f"<Contents><Key>{escape(name.partition('/')[2])}</Key><LastModified>{at}</LastModified>"
            f"<Size>{len(found[0]) if found else 0}</Size></Contents>"
        )

    def _misbehaves(self):
        self.server.calls.append((self.command, self._name()))
        time.sleep(self.server.latency)
        fault = self.server.faults.pop(0) if self.server.faults else self.server.always
        if isinstance(fault, tuple):
            self._fail(*fault)
        elif fault == "reset":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault == "silent":
            time.sleep(1.5)
            self.close_connection = True
        elif fault in ("cut", "endless"):
            self._odd(fault)
        return fault is not None

    def _odd(self, fault):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Last-Modified", formatdate(usegmt=True))
        if fault == "cut":
            self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 10)
        with suppress(OSError):
            while fault == "endless":
                self.wfile.write(b"x" * 65536)

    def _fail(self, status, code):
        text = f"<Error><Code>{code}</Code><Message>secret words of S3</Message></Error>"
        self._answer(status, text.encode())

    def _answer(self, status, body, headers=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        written = self.server.written.get(self._name()) if headers else None
        self.send_header("Last-Modified", formatdate(written, usegmt=True))
        self.send_header("ETag", etag_of(body))
        for name, text in (headers or {}).items():
            if name.lower() == "content-type" or name.lower().startswith("x-amz-meta-"):
                self.send_header(name, text)
        if self.server.region:
            self.send_header("x-amz-bucket-region", self.server.region)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
            self.server.sent += len(body)


def etag_of(body):
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


class Versity:
    """The program, keeping objects in a folder; started by `with`. It can be killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Versity:
        for name in ("data/bucket", "meta"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        command = [
            PROGRAM or "versitygw", "--access", ACCESS, "--secret", SECRET,
            "--port", f"127.0.0.1:{self.port}", "posix",
            "--sidecar", str(self.folder / "meta"), str(self.folder / "data"),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("versitygw does not start")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
