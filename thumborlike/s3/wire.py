"""Requests by libcurl, which the server has anyway: for S3 and what else keeps objects.

Each thread keeps a connection of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import mktime_tz, parsedate_tz
from pathlib import Path

import pycurl

from .calls import NOTED, Known
from .failures import Broken, Late, Missing, TooLarge, Trouble, trouble

LONGEST_ERROR = 65536
PIECE = 256 * 1024
"""Bytes that are taken at once: each piece costs a turn of the interpreter's lock."""
CONNECTING = 2.0
ALWAYS = ("Expect:", "Accept:", "User-Agent: thumborlike")

_CA_BUNDLES = (
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def ca_bundle() -> str | None:
    """The certificates that are believed: a packaged libcurl looks for them where it was built."""
    known = (path for path in _CA_BUNDLES if Path(path).is_file())
    return os.environ.get("AWS_CA_BUNDLE") or next(known, None)


class Answer:
    """What comes back. `headers` by lower-case names."""

    def __init__(self, max_bytes: int = 0) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.too_large = False
        self._failed = False
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def body(self) -> bytes:
        """All of it; of an error its beginning."""
        return b"".join(self._parts)

    @property
    def modified(self) -> float:
        """When that was written, in epoch seconds (UTC); now if it does not tell."""
        found = parsedate_tz(self.headers.get("last-modified", ""))
        return float(mktime_tz(found)) if found else time.time()

    @property
    def noted(self) -> bool:
        """Whether the object has `NOTED`, whoever keeps it."""
        return any(f"x-{whose}-meta-{NOTED}" in self.headers for whose in ("amz", "goog", "ms"))

    @property
    def known(self) -> Known:
        """What the answer to a HEAD tells."""
        size = self.headers.get("content-length", "")
        media_type = self.headers.get("content-type", "").partition(";")[0].strip()
        return Known(int(size) if size.isdecimal() else 0, self.modified, media_type, self.noted)

    def take_header(self, line: bytes) -> None:
        """A line of the head."""
        if line.startswith(b"HTTP/"):
            self._failed = line.split(None, 2)[1:2] >= [b"300"]
        name, colon, text = line.decode("latin-1").partition(":")
        if colon:
            self.headers[name.strip().lower()] = text.strip()

    def take(self, part: bytes) -> int | None:
        """A piece of the body; one too many ends the transfer."""
        declared = self.headers.get("content-length", "")
        size = int(declared) if declared.isdecimal() else 0
        self._size += len(part)
        if self._failed:
            self._parts.append(part)
            return 0 if self._size > LONGEST_ERROR else None
        if 0 < self._max_bytes < max(self._size, size):
            self.too_large = True
            return 0
        self._parts.append(part)
        return None


class Wire:
    """Connections that stay open, one for each thread."""

    def __init__(self) -> None:
        self._kept = threading.local()
        self._all: list[pycurl.Curl] = []
        self._bundle = ca_bundle()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        end: float,
        *,
        body: bytes = b"",
        max_bytes: int = 0,
    ) -> Answer:
        """The answer, whatever its status; its body up to `max_bytes` (0: no limit).

        `end` is the deadline on the monotonic clock. Raises `Trouble` if there is no answer.
        """
        curl = self._connection()
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.CUSTOMREQUEST, method)
        curl.setopt(pycurl.NOBODY, method == "HEAD")
        lines = [f"{name}: {text}" for name, text in headers.items()]
        curl.setopt(pycurl.HTTPHEADER, [*lines, *ALWAYS])
        left = max(0.001, end - time.monotonic())
        curl.setopt(pycurl.TIMEOUT_MS, int(1000 * left) or 1)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(1000 * min(CONNECTING, left)) or 1)
        if method in ("PUT", "POST"):
            curl.setopt(pycurl.POSTFIELDS, body)
        answer = Answer(max_bytes)
        curl.setopt(pycurl.HEADERFUNCTION, answer.take_header)
        curl.setopt(pycurl.WRITEFUNCTION, answer.take)
        _perform(curl, answer)
        answer.status = int(curl.getinfo(pycurl.RESPONSE_CODE))
        return answer

    def close(self) -> None:
        """Close the connections; one in use ends with its request."""
        while self._all:
            with suppress(pycurl.error):
                self._all.pop().close()

    def _connection(self) -> pycurl.Curl:
        """That of this thread, with the options of all requests; its connection stays open."""
        curl: pycurl.Curl | None = getattr(self._kept, "curl", None)
        if curl is None:
            curl = self._kept.curl = pycurl.Curl()
            self._all.append(curl)
        curl.reset()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PATH_AS_IS, 1)
        curl.setopt(pycurl.TCP_KEEPALIVE, 1)
        curl.setopt(pycurl.BUFFERSIZE, PIECE)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        if self._bundle:
            curl.setopt(pycurl.CAINFO, self._bundle)
        return curl


def _perform(curl: pycurl.Curl, answer: Answer) -> None:
    try:
        curl.perform()
    except pycurl.error as error:
        raise _trouble_of(error, answer) from error


def _trouble_of(error: pycurl.error, answer: Answer) -> Trouble:
    if answer.too_large:
        return trouble(TooLarge)
    number = error.args[0]
    if number == pycurl.E_OPERATION_TIMEDOUT:
        return trouble(Late)
    return trouble(Missing if number == pycurl.E_URL_MALFORMAT else Broken)
