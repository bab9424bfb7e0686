"""Asks servers that may misbehave: answers are bounded in bytes and time, redirects not followed.

Blocks; each thread has a connection of its own, which is kept.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import urlsplit

import pycurl

from ..errors import ConfigurationError
from ..records import dataclass
from .answers import Answer

MOST_HEADERS = 64 << 10
"""Bytes of a head that are kept; libcurl itself ends a transfer at 300 KiB."""

REFUSED = 0
"""What a callback tells libcurl to end the transfer."""

_UNFIT = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}#]")
"""Never in a request line; a `#` and what follows it would not be sent."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost: seconds, and bytes of its body."""

    seconds: float = 60.0
    size: int = 64 << 20


class Asker:
    """Sends GET requests. `headers` go with each. Any number of threads may use it at once."""

    def __init__(self, limits: Limits, headers: Mapping[str, str] | None = None) -> None:
        self._limits = limits
        self._headers = dict(headers or {})
        self._own = threading.local()
        self._lock = threading.Lock()
        self._handles: list[pycurl.Curl] = []

    def ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        """The answer; never raises for what the server or the network does."""
        exchange = _Exchange(self._limits.size)
        handle = self._handle()
        _prepare(handle, exchange, url, {**self._headers, **headers}, self._limits)
        begun = time.monotonic()
        try:
            handle.perform()
        except pycurl.error as error:
            seconds = time.monotonic() - begun
            return Answer(0, seconds=seconds, error=exchange.trouble or str(error.args[1]))
        finally:
            handle.setopt(pycurl.WRITEFUNCTION, _nothing)
            handle.setopt(pycurl.HEADERFUNCTION, _nothing)
        return Answer(
            handle.getinfo(pycurl.RESPONSE_CODE),
            exchange.headers(),
            exchange.body.getvalue(),
            handle.getinfo(pycurl.TOTAL_TIME),
            handle.getinfo(pycurl.STARTTRANSFER_TIME),
        )

    def close(self) -> None:
        """Close the connections. No thread may be asking."""
        with self._lock:
            for each in self._handles:
                each.close()
            self._handles.clear()
            self._own = threading.local()

    def _handle(self) -> pycurl.Curl:
        handle: pycurl.Curl | None = getattr(self._own, "handle", None)
        if handle is None:
            handle = self._own.handle = pycurl.Curl()
            with self._lock:
                self._handles.append(handle)
        return handle


class _Exchange:
    """Collects one answer. Its callbacks run inside libcurl and raise nothing."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lines: list[bytes] = []
        self._head = 0
        self.body = BytesIO()
        self.trouble = ""

    def take_line(self, line: bytes) -> int | None:
        if line.startswith(b"HTTP/"):  # of a 100 before, for one
            self._lines.clear()
            self._head = 0
        self._head += len(line)
        if self._head > MOST_HEADERS:
            self.trouble = "the head of the answer is too large"
            return REFUSED
        self._lines.append(line)
        return None

    def take_body(self, piece: bytes) -> int | None:
        if self.body.tell() + len(piece) > self._size:
            self.trouble = f"the answer is larger than {self._size} bytes"
            return REFUSED
        self.body.write(piece)
        return None

    def headers(self) -> dict[str, str]:
        """Lower-case names; repeated ones are joined."""
        found: dict[str, str] = {}
        for line in self._lines[1:]:
            name, colon, value = line.decode("latin-1").partition(":")
            if colon:
                key, text = name.strip().lower(), value.strip()
                found[key] = f"{found[key]}, {text}" if key in found else text
        return found


def _prepare(
    handle: pycurl.Curl, exchange: _Exchange, url: str, headers: Mapping[str, str], limits: Limits
) -> None:
    set_ = handle.setopt
    host, target = _cut(fit(url))
    set_(pycurl.URL, host.encode("ascii"))
    set_(pycurl.REQUEST_TARGET, target.encode("ascii"))  # from the URL, `%2e` would become `%2E`
    set_(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    set_(pycurl.PROXY, "")
    set_(pycurl.FOLLOWLOCATION, 0)
    set_(pycurl.NOSIGNAL, 1)
    set_(pycurl.TCP_NODELAY, 1)
    set_(pycurl.CONNECTTIMEOUT_MS, int(min(limits.seconds, 20.0) * 1000))
    set_(pycurl.TIMEOUT_MS, int(limits.seconds * 1000))
    set_(pycurl.HTTPHEADER, [f"{name}: {_plain(value)}" for name, value in headers.items()])
    set_(pycurl.WRITEFUNCTION, exchange.take_body)
    set_(pycurl.HEADERFUNCTION, exchange.take_line)


def server_of(text: str) -> str:
    """The address of a server without the last slash. Raises `ConfigurationError`."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise ConfigurationError(f"{text!r} is no server: http://host:port is meant")
    return text.rstrip("/")


def headers_of(given: list[str]) -> dict[str, str]:
    """`Name: value` as the command line has them. Raises `ConfigurationError`."""
    found = {}
    for each in given:
        name, colon, value = each.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name.strip()):
            raise ConfigurationError(f"{each!r} is no header: 'Name: value' is meant")
        found[name.strip()] = value.strip()
    return found


def fit(url: str) -> str:
    """Escaped where a request line needs it; escapes stay as they are."""
    return _UNFIT.sub(lambda found: _escaped(found[0]), url)


def _cut(url: str) -> tuple[str, str]:
    """The address up to its path, and all that follows."""
    slash = url.find("/", url.find("://") + 3)
    return (url[:slash], url[slash:]) if slash >= 0 else (url, "/")


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogateescape"))


def _plain(value: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "", value)


def _nothing(_: bytes) -> None:
    """What a handle that waits for its next request holds on to."""
