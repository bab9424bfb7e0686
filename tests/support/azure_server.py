"""A small Azure Blob Storage that can misbehave, and an emulator (Azurite)."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import time
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest
from small_store import Answering, SmallStore

from thumborlike.clouds.azure_signing import Account, dated, signed
from thumborlike.s3.signature import Asked
from thumborlike.s3.wire import Wire

PROGRAM = os.environ.get("AZURITE") or shutil.which("azurite-blob")
needs_azurite = pytest.mark.skipif(
    PROGRAM is None, reason="azurite-blob is not installed (AZURITE)"
)
ACCOUNT = "devstoreaccount1"
KEY = base64.b64encode(b"no secret, but long enough to be one").decode()


class SmallAzure(SmallStore):
    """Blobs by `container/name`. `faults`: (status, code) that the next requests get instead.

    With `token`, requests need it. It hands out tokens, too.
    """

    def __init__(self) -> None:
        super().__init__(AzureAnswers)
        self.blobs: dict[str, tuple[bytes, dict[str, str], float]] = {}
        self.faults: list[tuple[int, str]] = []
        self.token = ""
        self.asked_for_tokens: list[tuple[str, str, dict[str, str]]] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.page = 1000


class AzureAnswers(Answering, http.server.BaseHTTPRequestHandler):
    server: SmallAzure

    def do_GET(self):
        parts = urlsplit(self.path)
        if "identity" in parts.path:
            self._token(parts.query)
        elif self._refused():
            return
        elif "comp=list" in parts.query:
            self._list(unquote(parts.path).strip("/"), parse_qs(parts.query))
        elif found := self.server.blobs.get(self._name()):
            md5 = base64.b64encode(hashlib.md5(found[0], usedforsecurity=False).digest()).decode()
            _, headers, written = found
            told = {name: text for name, text in headers.items() if name.startswith("x-ms-meta-")}
            told |= {"Content-MD5": md5, "Last-Modified": formatdate(written, usegmt=True)}
            self._answer(200, found[0], told)
        else:
            self._fail(404, "BlobNotFound")

    do_HEAD = do_GET  # noqa: N815

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._refused():
            assert self.headers["x-ms-blob-type"] == "BlockBlob"
            self.server.blobs[self._name()] = (body, dict(self.headers), time.time())
            self._answer(201, b"")

    def do_DELETE(self):
        if not self._refused():
            found = self.server.blobs.pop(self._name(), None)
            self._answer(202, b"") if found else self._fail(404, "BlobNotFound")

    def do_POST(self):
        self._token(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _name(self):
        return unquote(urlsplit(self.path).path)[1:]

    def _list(self, container, query):
        front = query.get("prefix", [""])[0]
        start = int(query.get("marker", ["0"])[0])
        names = sorted(name.partition("/")[2] for name in self.server.blobs)
        names = [name for name in names if name.startswith(front)]
        shown = names[start : start + self.server.page]
        mark = str(start + self.server.page) if start + self.server.page < len(names) else ""
        blobs = "".join(self._item(container, name) for name in shown)
        text = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{mark}</NextMarker>"
        self._answer(200, b"\xef\xbb\xbf" + f"{text}</EnumerationResults>".encode())

    def _item(self, container, name):
        body, _, written = self.server.blobs[f"{container}/{name}"]
        return (
            f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>"
            f"{formatdate(written, usegmt=True)}</Last-Modified><Content-Length>{len(body)}"
            "</Content-Length></Properties></Blob>"
        )

    def _token(self, told):
        self.server.asked_for_tokens.append((urlsplit(self.path).path, told, dict(self.headers)))
        lives = {"expires_on": str(int(time.time()) + 3600)}
        self._answer(200, json.dumps({"access_token": self.server.token, **lives}).encode())

    def _refused(self):
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        if self.server.faults:
            self._fail(*self.server.faults.pop(0))
            return True
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            self._fail(401, "InvalidAuthenticationInfo")
            return True
        return False

    def _fail(self, status, code):
        self._answer(status, b"<Error/>", {"x-ms-error-code": code})


class Azurite:
    """The emulator, in memory, with an account of its own; started by `with`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def keys(self) -> dict[str, object]:
        """The settings that lead there."""
        return {
            "AZURE_ENDPOINT": f"http://127.0.0.1:{self.port}/{ACCOUNT}",
            "AZURE_STORAGE_ACCOUNT": ACCOUNT,
            "AZURE_STORAGE_KEY": KEY,
        }

    def __enter__(self) -> Azurite:
        environ = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
        self.process = subprocess.Popen(
            [
                PROGRAM or "azurite-blob", "--blobHost", "127.0.0.1", "--blobPort", str(self.port),
                "--inMemoryPersistence", "--silent", "--disableTelemetry",
            ],
            env=environ, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise RuntimeError("azurite does not start")

    def make_container(self, name: str) -> None:
        """A container that holds nothing yet."""
        account = Account(ACCOUNT, str(self.keys["AZURE_ENDPOINT"]), KEY)
        asked = Asked("PUT", "", f"/{ACCOUNT}/{name}", "restype=container")
        headers = {"Content-Type": "application/octet-stream"}
        headers = signed(account, asked, dated(headers, time.time()), 0)
        wire, url = Wire(), f"{account.endpoint}/{name}?{asked.query}"
        answer = wire.send("PUT", url, headers, time.monotonic() + 60)
        wire.close()
        assert answer.status == 201

    def __exit__(self, *_: object) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
