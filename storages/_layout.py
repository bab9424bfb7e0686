"""Where entries lie on disk: Thumbor 7.8's layout, so that filled folders are found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha1
from types import MappingProxyType
from urllib.parse import unquote

from thumborlike.errors import StorageError
from thumborlike.interfaces import Key, Kind

SUFFIXES: Mapping[Kind, str] = MappingProxyType(
    {Kind.SOURCE: "", Kind.SECURITY_KEY: ".txt", Kind.FOCAL_POINTS: ".detectors.txt"}
)
LEGACY_VARIANTS: Mapping[str, str] = MappingProxyType({"default": "v2", "auto_webp": "v2/webp"})

_FOLDER = re.compile(r"[\w-]+", re.ASCII)


def path_of(key: Key) -> str:
    """The place of an entry below its root.

    Thumbor 7.8: sources, keys and focal points by the SHA-1 of the source's name, results by
    that of the decoded request path, in a folder per variant. Two spellings of one path so
    share a result. Raises `StorageError` for a variant that cannot be a folder.
    """
    if key.kind is Kind.RESULT:
        if not _FOLDER.fullmatch(key.variant):
            raise StorageError("the variant is no name of a folder")
        name = _digest(unquote(key.name))
        return f"{key.variant}/{name[:2]}/{name[2:4]}/{name[4:]}"
    name = _digest(key.name)
    return f"{name[:2]}/{name[2:]}{SUFFIXES[key.kind]}"


def legacy_path_of(key: Key) -> str | None:
    """Where older versions of Thumbor kept a result; None where they can have kept none.

    The layout has the path itself in the file name, so that parts which would lead elsewhere
    are refused: Thumbor 7.8 serves, and moves, files outside its root by it.
    """
    folder = LEGACY_VARIANTS.get(key.variant)
    if key.kind is not Kind.RESULT or folder is None:
        return None
    name = unquote(key.name).lstrip("/").replace("http://", "")
    shards = [name[:2], name[2:4]]
    parts = name.split("/")
    if "/" in name[:4] or not all(map(_harmless, shards + parts)):
        return None
    return "/".join((folder, *shards, *parts))


def _harmless(part: str) -> bool:
    """Printable text has neither NUL nor what cannot be encoded for the file system."""
    return part not in ("", ".", "..") and part.isprintable()


def _digest(text: str) -> str:
    return sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
