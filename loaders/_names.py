"""Names of sources put below an address or a folder: what a rule adds in front must hold."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\\s]+/")


def decoded(name: str) -> str:
    """The name as people write it. Bytes that are no UTF-8 come back from `encoded`."""
    return unquote(name, errors="surrogateescape")


def encoded(text: str) -> str:
    """The name as the core quotes it: once, `/` kept."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # nothing that was ever decoded
        raw = text.encode("utf-8", "surrogatepass")
    return quote(raw, safe="/")


def check_front(front: str) -> None:
    """What stands in front of names must end a host: `https://a.com` + `@evil.com` is another's.

    Raises ValueError.
    """
    if _SCHEME.match(front) and not _ADDRESS.match(front):
        raise ValueError(f"an address up to its path, as `https://host/`, and not {front!r}")
    if front and "/" not in front:
        raise ValueError(f"a slash at the end of {front!r}")


def climbs(text: str) -> bool:
    """Whether a decoded name has parts that lead upwards, in any spelling that servers undo."""
    plain = text
    for _ in range(3):
        plain = unquote(plain, errors="surrogateescape")
    return ".." in re.split(r"[/\\?#]", plain)
