"""Where names come from: lists, folders, buckets, sitemaps."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from ..batch.answers import Answer
from ..batch.asking import Asker
from ..errors import ConfigurationError
from ..interfaces import Environment
from ..records import dataclass

SUFFIXES = (
    *(".avif", ".bmp", ".gif", ".heic", ".heif", ".ico", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg"),
    *(".jpg", ".jxl", ".pdf", ".png", ".svg", ".tif", ".tiff", ".webp"),
)
"""Of files and keys that are taken for pictures."""

_IN_PATHS = "/!$&'()*+,;=:@~-._"


@dataclass(frozen=True, slots=True)
class Naming:
    """How an entry of a listing is called in URLs: `strip` is cut off, `prefix` put in front."""

    strip: str = ""
    prefix: str = ""

    def of(self, name: str) -> str:
        """The name in URLs."""
        return self.prefix + name.removeprefix(self.strip)


def lines_of(place: str) -> Iterator[str]:
    """The lines of a file, `-` for standard input; not empty ones, not comments (`#`)."""
    if place == "-":
        yield from _told(sys.stdin)
        return
    try:
        with Path(place).open(encoding="utf-8", errors="surrogateescape") as file:
            yield from _told(file)
    except OSError as error:
        raise ConfigurationError(f"{place}: {error.strerror}") from error


def files_below(folder: str) -> Iterator[str]:
    """The pictures in a folder and its folders, as names in URLs, in order."""
    root = Path(folder)
    if not root.is_dir():
        raise ConfigurationError(f"{folder} is not a folder")
    for place, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(filter(is_picture, files)):
            yield quoted((Path(place) / name).relative_to(root).as_posix())


def is_picture(name: str) -> bool:
    """By the end of its name."""
    return name.lower().endswith(SUFFIXES)


def quoted(name: str) -> str:
    """A file's or a key's name, escaped where paths need it."""
    return quote(name.encode("utf-8", "surrogateescape"), safe=_IN_PATHS)


async def keys_of(address: str, env: Environment) -> list[str]:
    """The pictures in `s3://bucket/prefix`, asked for with the S3_* keys of the configuration.

    Raises `ConfigurationError`.
    """
    from ..s3.access import client_of, limits_of, own_access  # noqa: PLC0415  (an extra)
    from ..s3.failures import Trouble  # noqa: PLC0415

    parts = urlsplit(address, allow_fragments=False)
    if parts.scheme != "s3" or not parts.netloc:
        raise ConfigurationError(f"{address!r} is no bucket: s3://bucket/prefix is meant")
    try:
        client = client_of(own_access(env), limits_of(env, 60.0))
    except ModuleNotFoundError as error:
        raise ConfigurationError("buckets need boto3: pip install 'thumborlike[s3]'") from error
    try:
        keys: list[str] = []
        last = ""
        while page := await client.list_page(parts.netloc, parts.path.lstrip("/"), last):
            if page[-1] <= last:
                raise ConfigurationError(f"{address} cannot be listed: it never ends")
            keys += page
            last = page[-1]
    except Trouble as error:
        raise ConfigurationError(f"{address} cannot be listed: {error}") from error
    finally:
        await client.close()
    return [quoted(key) for key in keys if is_picture(key)]


class SitemapReader:
    """From a place to bytes: a URL by HTTP, all else a file."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def __call__(self, place: str) -> bytes:
        """The bytes. Raises `ConfigurationError`."""
        if not place.startswith(("http://", "https://")):
            try:
                return Path(place).read_bytes()
            except OSError as error:
                raise ConfigurationError(f"{place}: {error.strerror}") from error
        answer: Answer = self._asker.ask(place, {"Accept": "application/xml,*/*;q=0.8"})
        if answer.status != 200:
            elsewhere = answer.headers.get("location", "")[:200]
            moved = f", it is at {elsewhere}" if elsewhere.isprintable() and elsewhere else ""
            raise ConfigurationError(f"{place}: {answer.error or answer.status}{moved}")
        return answer.body


def _told(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            yield text
