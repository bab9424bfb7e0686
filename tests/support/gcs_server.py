"""A small Google Cloud Storage that can misbehave, and an emulator (fake-gcs-server)."""

from __future__ import annotations

import email.parser
import http.server
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from s3_server import etag_of
from small_store import Answering, SmallStore

PROGRAM = os.environ.get("FAKE_GCS") or shutil.which("fake-gcs-server")
needs_fake_gcs = pytest.mark.skipif(
    PROGRAM is None, reason="fake-gcs-server is not installed (FAKE_GCS)"
)


class SmallGoogle(SmallStore):
    """Objects by `bucket/name`. `faults`: statuses that the next requests get instead.

    With `token`, requests need it. It is the metadata server and the server of tokens, too.
    """

    def __init__(self) -> None:
        super().__init__(GoogleAnswers)
        self.objects: dict[str, tuple[bytes, dict[str, object]]] = {}
        self.faults: list[int] = []
        self.token = ""
        self.lives = 3600
        self.asked_for_tokens: list[tuple[str, str]] = []
        self.page = 1000


class GoogleAnswers(Answering, http.server.BaseHTTPRequestHandler):
    server: SmallGoogle

    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path.startswith("/computeMetadata/"):
            self._token("metadata", self.headers.get("Metadata-Flavor", ""))
        elif self._refused():
            return
        elif parts.path.startswith("/storage/v1/b/"):
            self._list(unquote(parts.path.split("/")[4]), parse_qs(parts.query))
        elif found := self.server.objects.get(unquote(parts.path[1:])):
            body, known = found
            tag = etag_of(body)
            same = self.headers.get("If-None-Match") == tag
            told = {f"x-goog-meta-{name}": text for name, text in known.get("metadata", {}).items()}
            written = formatdate(known.get("updated"), usegmt=True)
            told |= {"ETag": tag, "Last-Modified": written}
            self._answer(304 if same else 200, b"" if same else body, told)
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        if parts.path == "/token":
            self._token("file", body.decode())
        elif not self._refused():
            front = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            told, content = email.parser.BytesParser().parsebytes(front + body).get_payload()
            known = json.loads(told.get_payload())
            edge = self.headers["Content-Type"].partition("boundary=")[2].encode()
            whole = body.split(b"\r\n\r\n", 2)[2].removesuffix(b"\r\n--" + edge + b"--\r\n")
            assert content.get_content_type() == known.get(
                "contentType", content.get_content_type()
            )
            bucket = unquote(parts.path.split("/")[5])
            known["updated"] = time.time()
            self.server.objects[f"{bucket}/{known['name']}"] = (whole, known)
            self._answer(200, b"{}")

    def do_DELETE(self):
        if not self._refused():
            _, _, _, _, bucket, _, name = urlsplit(self.path).path.split("/", 6)
            found = self.server.objects.pop(f"{unquote(bucket)}/{unquote(name)}", None)
            self._answer(204 if found else 404, b"")

    def _list(self, bucket, query):
        front, after = (query.get(name, [""])[0] for name in ("prefix", "startOffset"))
        start = int(query.get("pageToken", ["0"])[0])
        whole = sorted(name.partition("/")[2] for name in self.server.objects)
        names = [name for name in whole if name.startswith(front) and name >= after]
        shown = names[start : start + self.server.page]
        page = {"items": [self._item(bucket, name) for name in shown]}
        if start + self.server.page < len(names):
            page["nextPageToken"] = str(start + self.server.page)
        self._answer(200, json.dumps(page).encode())

    def _item(self, bucket, name):
        body, known = self.server.objects[f"{bucket}/{name}"]
        written = time.strftime("%Y-%m-%dT%H:%M:%S.123Z", time.gmtime(known["updated"]))
        return {"name": name, "size": str(len(body)), "updated": written}

    def _token(self, kind, told):
        self.server.asked_for_tokens.append((kind, told))
        answer = {"access_token": self.server.token, "expires_in": self.server.lives}
        self._answer(200, json.dumps(answer | {"token_type": "Bearer"}).encode())

    def _refused(self):
        if self.server.faults:
            self._answer(self.server.faults.pop(0), b"{}")
            return True
        wanted = f"Bearer {self.server.token}" if self.server.token else None
        if self.headers.get("Authorization") != wanted:
            self._answer(401, b"{}")
            return True
        return False


class Emulator:
    """fake-gcs-server with a bucket, in memory; started by `with`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        place = f"127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [
                PROGRAM or "fake-gcs-server", "-backend", "memory", "-scheme", "http",
                "-host", "127.0.0.1", "-port", str(self.port), "-public-host", place,
                "-log-level", "error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                break
        asked = urllib.request.Request(
            f"{self.url}/storage/v1/b?project=p",
            b'{"name": "bucket"}',
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(asked, timeout=30).close()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
