"""Whether the client has an answer already: ETag, If-None-Match, If-Modified-Since."""

from __future__ import annotations

import hashlib

from .message import Request


def etag_of(body: bytes) -> str:
    """A strong validator, quoted. Thumbor 7.8: SHA-1 of the body, in hex."""
    return f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'


def is_fresh(request: Request, etag: str | None, modified: float | None) -> bool:
    """Whether 304 is the answer. If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2).

    `etag` and `modified` (epoch seconds) are those of the answer; None leaves one out.
    """
    if request.method not in ("GET", "HEAD"):
        return False
    wanted = request.headers.get("if-none-match")
    if wanted is not None and etag:
        return matches(wanted, etag)
    since = request.headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    date = _seconds(since)
    return date is not None and int(modified) <= date


def matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match header names this ETag; `W/` makes no difference here."""
    tags = (each.strip() for each in header.split(","))
    return any(tag == "*" or tag.removeprefix("W/") == etag for tag in tags)


def _seconds(date: str) -> float | None:
    """An HTTP date in epoch seconds; None for what is none (then the header does not count)."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  (slow to load, rarely needed)

    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
