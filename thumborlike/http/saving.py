"""The header that has a browser save a picture, with a name that no system trips over."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from ..formats import FORMATS

LONGEST_NAME = 100
"""Characters of a name before its ending; file systems take 255 bytes."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*%;\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_NOT_ASCII = re.compile(r"[^ -~]")


def disposition(wanted: str, source: str, media_type: str) -> str:
    """The value of Content-Disposition (RFC 6266).

    `wanted` is the name asked for, "" for that of the quoted `source`. Folders and characters
    that mean something to a system or a header are taken out; the ending is the media type's.
    """
    name = file_name(wanted or unquote(source.partition("?")[0]), media_type)
    plain = _NOT_ASCII.sub("_", name)
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{exact}'


def file_name(wanted: str, media_type: str) -> str:
    """A safe name that ends as the media type says."""
    last = re.split(r"[/\\]", wanted.rstrip("/\\"))[-1]
    clean = _UNSAFE.sub("", last).encode("utf-8", "ignore").decode()
    endings = _endings(media_type)
    stem, dot, ending = clean.rpartition(".")
    known = ending.lower() in _ALL_ENDINGS
    stem = (stem if dot and known else clean)[:LONGEST_NAME].strip(". ") or "picture"
    kept = ending.lower() if ending.lower() in endings else endings[0]
    return f"{stem}.{kept}"


def _endings(media_type: str) -> tuple[str, ...]:
    for each in FORMATS.values():
        if each.media_type == media_type:
            return (_SHORT.get(each.name, each.name), *each.words)
    return ("json",) if media_type == "application/json" else ("bin",)


_SHORT = {"jpeg": "jpg", "heif": "heic"}
_ALL_ENDINGS = frozenset(
    word for each in FORMATS.values() for word in (each.name, *_endings(each.media_type))
)
