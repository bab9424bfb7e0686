"""What access logs say was asked for. Pure.

Common, combined and nginx's own format, ALB, CloudFront, JSON, and plain lists of URLs, told apart
line by line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

from ..batch.asking import fit
from ..records import dataclass

LONGEST = 32_768
"""Characters of a line; longer ones are no requests for pictures."""

_REQUEST = re.compile(r'"([A-Z]{3,10}) ([^"\\]*(?:\\.[^"\\]*)*)"')
"""In all formats with quotes: the first thing in quotes that looks like a request."""

_VERSION = re.compile(r" HTTP/[\d.]+$")
_HEXED = re.compile(r"\\x([0-9A-Fa-f]{2})|\\(.)")
_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_TWICE = re.compile(r"%(?!25)[0-9A-Fa-f]{2}")
_METHODS = ("GET", "HEAD")

METHOD_KEYS = ("method", "request_method", "requestmethod", "http_method", "verb", "cs-method")
TARGET_KEYS = (
    "request_uri", "uri", "url", "path", "request_path", "requestpath", "requesturl", "request_url",
    "target", "http_path", "cs-uri-stem",
)  # fmt: skip
QUERY_KEYS = ("query", "query_string", "args", "querystring", "cs-uri-query")
ACCEPT_KEYS = ("http_accept", "accept", "request_accept", "accept_header")
NESTED_KEYS = ("request", "httprequest", "http", "headers", "req", "request_headers")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request: path with query, and its Accept where the log has it."""

    path: str
    accept: str | None = None


class Reader:
    """Reads lines of any of the formats, mixed as they come. `skipped` counts the others."""

    def __init__(self) -> None:
        self.skipped = 0
        self._fields: list[str] = []

    def entries(self, lines: Iterable[str]) -> Iterator[Entry]:
        """The requests for pictures: GET and HEAD."""
        for line in lines:
            text = line.strip("\r\n ")
            if text.startswith("#"):
                self._read_head(text)
            elif text:
                entry = self._entry(text)
                if entry is None:
                    self.skipped += 1
                else:
                    yield entry

    def _read_head(self, text: str) -> None:
        """CloudFront and others of the W3C kind name their fields."""
        if text.lower().startswith("#fields:"):
            self._fields = text[8:].lower().split()

    def _entry(self, text: str) -> Entry | None:
        if len(text) > LONGEST:
            return None
        if text.startswith("{"):
            return _of_json(text)
        if text.startswith("/") or _ORIGIN.match(text):
            return _entry(text.split(maxsplit=1)[0])
        if self._fields and (found := self._of_fields(text)):
            return found
        return _of_quotes(text)

    def _of_fields(self, text: str) -> Entry | None:
        cells = text.split("\t") if "\t" in text else text.split()
        values = dict(zip(self._fields, cells, strict=False))
        if values.get("cs-method", "GET") not in _METHODS or "cs-uri-stem" not in values:
            return None
        query = values.get("cs-uri-query", "-")
        target = values["cs-uri-stem"] + (f"?{query}" if query not in ("-", "") else "")
        accept = values.get("cs(accept)", values.get("cs-accept", "-"))
        return _entry(_once(target), unquote_plus(accept) if accept not in ("-", "") else None)


def _entry(target: str, accept: str | None = None) -> Entry | None:
    origin = _ORIGIN.match(target)
    path = target[origin.end() :] if origin else target
    if not path.startswith("/"):
        return None
    return Entry(fit(path.partition("#")[0]), accept or None)


def _of_quotes(text: str) -> Entry | None:
    found = _REQUEST.search(text)
    if found is None or found[1] not in _METHODS:
        return None
    return _entry(_unescaped(_VERSION.sub("", found[2])))


def _of_json(text: str) -> Entry | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    fields = _flat(record)
    accept = _first(fields, ACCEPT_KEYS)
    request = fields.get("request", fields.get("request_line", ""))
    if found := _REQUEST.fullmatch(f'"{request}"'):
        method, target = found[1], _VERSION.sub("", found[2])
    else:
        method, target = _first(fields, METHOD_KEYS) or "GET", _first(fields, TARGET_KEYS) or ""
        query = _first(fields, QUERY_KEYS)
        target = _once(target) if "cs-uri-stem" in fields else target
        target += f"?{query.removeprefix('?')}" if query and "?" not in target else ""
    return _entry(target, accept) if method.upper() in _METHODS else None


def _flat(record: Mapping[str, Any], depth: int = 3) -> dict[str, str]:
    """Texts by key in lower case, those of nested objects besides, the outer ones first."""
    found: dict[str, str] = {}
    for key, value in record.items():
        single = value[0] if isinstance(value, list) and value else value
        if isinstance(single, str):
            found.setdefault(key.lower(), single)
    for key, value in record.items():
        if isinstance(value, dict) and depth and key.lower() in NESTED_KEYS:
            for name, text in _flat(value, depth - 1).items():
                found.setdefault(name, text)
    return found


def _first(fields: Mapping[str, str], keys: Iterable[str]) -> str | None:
    return next((fields[key] for key in keys if fields.get(key) not in (None, "", "-")), None)


def _unescaped(text: str) -> str:
    r"""`\x22` and `\"` of logs, as bytes."""
    if "\\" not in text:
        return text
    return _HEXED.sub(lambda found: f"%{found[1]}" if found[1] else found[2], text)


def _once(text: str) -> str:
    """CloudFront escapes what it logs: where all escapes are escaped, that is undone."""
    return text if _TWICE.search(text) else unquote(text) if "%25" in text else text
