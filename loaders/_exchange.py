"""One request and its answer, as libcurl hands it over piece by piece.

The callbacks run inside libcurl: they raise nothing, and stop a transfer by claiming to have
taken less than they were given.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pycurl

from thumborlike.records import dataclass, field

from ._decoding import Decoder, Undecodable, decoder_of
from ._hold import Hold
from ._networks import Networks

STOP = 0
LONGEST_UNWANTED = 65536
"""Bytes of an error page that are read so that the connection can be used again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the origin said. `body` is empty unless `status` is 2xx; `modified` in epoch s.

    `times`: seconds from the start until the parts of the transfer were done, by curl's names.
    """

    status: int
    body: bytes = b""
    location: str | None = None
    modified: float | None = None
    times: Mapping[str, float] = field(default_factory=dict)


class Exchange:
    """Collects one answer. `max_size` in bytes after decoding, 0 for no limit.

    `refused`, `too_large` and `crowded_out` tell why a transfer was stopped from our side; one
    whose encoding cannot be undone is stopped, too. Call `leave` when the body is of no more use.
    """

    __slots__ = ("_body", "_declared", "_decoder", "_encoding", "_hold", "_max_size", "_networks",
                 "_unwanted", "crowded_out", "location", "refused", "status",
                 "too_large")  # fmt: skip

    def __init__(self, max_size: int, networks: Networks | None, hold: Hold | None = None) -> None:
        self._max_size = max_size
        self._hold = hold or Hold(0)
        self._networks = networks
        self._body = BytesIO()
        self._declared = 0
        self._encoding = b""
        self._decoder: Decoder | None = None
        self._unwanted = 0
        self.status = 0
        self.location: str | None = None
        self.refused: str | None = None
        self.too_large = self.crowded_out = False

    def attach(self, curl: pycurl.Curl) -> None:
        """Have libcurl report to this exchange."""
        curl.setopt(pycurl.HEADERFUNCTION, self.on_header)
        curl.setopt(pycurl.WRITEFUNCTION, self.on_body)
        if self._networks:
            curl.setopt(pycurl.OPENSOCKETFUNCTION, self.on_connect)

    @property
    def wanted(self) -> bool:
        """Whether the body is the source, and not an error page."""
        return 200 <= self.status < 300

    @property
    def cut_error_page(self) -> bool:
        """Whether the transfer was stopped because nobody wants to read the rest."""
        return self._unwanted > LONGEST_UNWANTED

    @property
    def complete(self) -> bool:
        """Whether the body is whole, as far as its encoding can tell."""
        return self._decoder is None or self._decoder.complete

    def answer(self, modified: int, times: Mapping[str, float]) -> Answer:
        """The answer, once it is complete. `modified` is -1 if the origin did not tell."""
        date = float(modified) if modified >= 0 else None
        return Answer(self.status, self._body.getvalue(), self.location, date, times)

    def leave(self) -> None:
        """Hold no more bytes for this body."""
        self._hold.change(-self._body.tell())

    def on_connect(self, _purpose: int, address: Any) -> _Lent | int:
        """Judge the address that is really connected to, before any packet leaves."""
        host = str(address.addr[0])
        if self._networks and not self._networks.permits(host):
            self.refused = host
            return int(pycurl.SOCKET_BAD)
        try:
            return _Lent(address.family, address.socktype, address.protocol)
        except OSError:  # no more sockets, or no such family on this machine
            return int(pycurl.SOCKET_BAD)

    def on_header(self, line: bytes) -> int | None:
        """A header line, a status line, or the empty line that ends a block of them."""
        if line.startswith(b"HTTP/"):
            self.status, self.location = _status(line), None
            self._declared, self._encoding = 0, b""
            return None
        name, _, value = line.partition(b":")
        match name.strip().lower():
            case b"location":
                self.location = _text(value.strip())
            case b"content-length":
                self._declared = _length(value.strip())
            case b"content-encoding":
                self._encoding = b",".join(filter(None, (self._encoding, value.strip())))
            case b"":
                return self._end_of_headers()
        return None

    def on_body(self, chunk: bytes) -> int | None:
        """A piece of the body, without chunks, as it is encoded."""
        if not self.wanted:
            self._unwanted += len(chunk)
            return STOP if self.cut_error_page else None
        try:
            return self._take(chunk)
        except Undecodable:
            return STOP

    def _take(self, chunk: bytes) -> int | None:
        if self._decoder is None:  # now, as trailers come later
            self._decoder = decoder_of(self._encoding)
        for piece in self._decoder.decode(chunk):
            if self._exceeds(self._body.tell() + len(piece)) or self._finds_no_room(len(piece)):
                return STOP
            self._body.write(piece)
            self._hold.change(len(piece))
        return None

    def _end_of_headers(self) -> int | None:
        if not self.wanted:
            return None
        return (
            STOP if self._exceeds(self._declared) or self._finds_no_room(self._declared) else None
        )

    def _finds_no_room(self, size: int) -> bool:
        self.crowded_out = not self._hold.has_room(size, self._body.tell())
        return self.crowded_out

    def _exceeds(self, size: int) -> bool:
        self.too_large = bool(self._max_size) and size > self._max_size
        return self.too_large


class _Lent:
    """A new socket for libcurl, which duplicates it and lets go; this one is closed then."""

    __slots__ = ("_socket",)

    def __init__(self, family: int, kind: int, protocol: int) -> None:
        self._socket = socket.socket(family, kind, protocol)

    def fileno(self) -> int:
        return self._socket.fileno()

    def __del__(self) -> None:
        self._socket.close()


def _status(line: bytes) -> int:
    parts = line.split(maxsplit=2)
    return _number(parts[1]) if len(parts) > 1 else 0


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() and len(text) < 20 else 0


def _length(text: bytes) -> int:
    """Of a body. What no number can hold is larger than anything."""
    return sys.maxsize if text.isdigit() and len(text) >= 19 else _number(text)


def _text(value: bytes) -> str:
    """Location is ASCII by the book, UTF-8 or Latin-1 in the wild."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
