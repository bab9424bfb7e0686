"""Where entries lie on disk: Thumbor 7.8's layout, so that filled folders are found."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import unquote

from thumborlike.interfaces import Key, Kind

SUFFIXES: Mapping[Kind, str] = MappingProxyType(
    {Kind.SOURCE: "", Kind.SECURITY_KEY: ".txt", Kind.FOCAL_POINTS: ".detectors.txt"}
)
LEGACY_VARIANTS: Mapping[str, str] = MappingProxyType({"default": "v2", "auto_webp": "v2/webp"})
LONGEST_PART = 255
"""Bytes that a name on disk may have."""


def path_of(key: Key) -> PurePosixPath:
    """The place of an entry below its root.

    Thumbor 7.8: sources, keys and focal points by the SHA-1 of the source's name, results by
    that of the decoded request path, in a folder per variant.
    """
    if key.kind is Kind.RESULT:
        name = _digest(unquote(key.name))
        return PurePosixPath(key.variant, name[:2], name[2:4], name[4:])
    name = _digest(key.name)
    return PurePosixPath(name[:2], name[2:] + SUFFIXES[key.kind])


def legacy_path_of(key: Key) -> PurePosixPath | None:
    """Where Thumbor before version 7 kept a result; None where it kept none.

    The layout has the path itself in the file name, so that parts which would lead elsewhere
    are refused: Thumbor 7.8 serves, and moves, files outside its root by it.
    """
    folder = LEGACY_VARIANTS.get(key.variant)
    if key.kind is not Kind.RESULT or folder is None:
        return None
    name = unquote(key.name).lstrip("/").replace("http://", "")
    parts = name.split("/")
    if not all(_harmless(part) for part in parts) or len(name) < len("x/x/x"):
        return None
    return PurePosixPath(folder, name[:2], name[2:4], *parts)


def _harmless(part: str) -> bool:
    longest = len(part.encode("utf-8", "surrogateescape")) <= LONGEST_PART
    return bool(part) and part not in (".", "..") and "\0" not in part and longest


def _digest(text: str) -> str:
    return sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
