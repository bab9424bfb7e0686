"""Sitemaps: plain ones, indexes, packed ones, those of images. Read piece by piece, bounded."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from xml.parsers import expat

from ..errors import ConfigurationError
from ..records import dataclass

LARGEST = 64 << 20
"""Bytes of one sitemap, unpacked; the protocol allows 50 MB."""

MOST = 10_000
"""Sitemaps that one may lead to."""

LONGEST = 4096
"""Characters of an address; longer ones are left out."""

GZIP = b"\x1f\x8b"
CHUNK = 1 << 16

Read = Callable[[str], bytes]
"""From an address to bytes. Raises `ConfigurationError`."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one says: addresses of pages or pictures, of images, and of more sitemaps."""

    pages: tuple[str, ...]
    images: tuple[str, ...]
    sitemaps: tuple[str, ...]


def addresses(place: str, read: Read) -> Iterator[str]:
    """All addresses behind a sitemap: those of images where it has some, else its `loc`s.

    `place` is a URL or a file. What an index on the web leads to must be on the same host.
    """
    left, known = [place], {place}
    while left:
        found = parse(unpacked(read(left.pop(0))))
        yield from found.images or found.pages
        for each in found.sitemaps:
            if each in known or not _may_follow(place, each):
                continue
            if len(known) >= MOST:
                raise ConfigurationError(f"{place} leads to more than {MOST} sitemaps")
            known.add(each)
            left.append(each)


def unpacked(body: bytes) -> bytes:
    """The XML, gunzipped if need be. Raises `ConfigurationError`."""
    if not body.startswith(GZIP):
        return body
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, LARGEST)
    except zlib.error as error:
        raise ConfigurationError("the sitemap is damaged gzip") from error
    if stream.unconsumed_tail:
        raise ConfigurationError(f"the sitemap is larger than {LARGEST} bytes")
    return plain


def parse(body: bytes) -> Sitemap:
    """Read one. Raises `ConfigurationError` for what is no XML, or declares entities."""
    if len(body) > LARGEST:
        raise ConfigurationError(f"the sitemap is larger than {LARGEST} bytes")
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.begin
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for start in range(0, len(body), CHUNK):
            parser.Parse(body[start : start + CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ConfigurationError(f"the sitemap is no XML: {error}") from error
    return Sitemap(tuple(reading.pages), tuple(reading.images), tuple(reading.sitemaps))


class _Reading:
    """Collects `loc`s by the element that they stand in."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.images: list[str] = []
        self.sitemaps: list[str] = []
        self._open: list[str] = []
        self._text: list[str] | None = None

    def begin(self, name: str, _: object) -> None:
        self._open.append(name.rpartition(" ")[2])
        self._text = [] if self._open[-1] == "loc" else None

    def text(self, piece: str) -> None:
        if self._text is not None:
            self._text.append(piece)

    def end(self, _: str) -> None:
        name = self._open.pop()
        if name == "loc" and self._text is not None and self._open:
            kinds = {"url": self.pages, "image": self.images, "sitemap": self.sitemaps}
            found = "".join(self._text).strip()
            if found and len(found) <= LONGEST:
                kinds.get(self._open[-1], []).append(found)
        self._text = None


def _refuse(*_: object) -> None:
    raise ConfigurationError("the sitemap declares a document type, which none needs")


def _may_follow(place: str, other: str) -> bool:
    try:
        here, there = urlsplit(place), urlsplit(other)
    except ValueError:
        return False
    if there.scheme not in ("http", "https"):
        return False
    return here.scheme not in ("http", "https") or here.hostname == there.hostname
