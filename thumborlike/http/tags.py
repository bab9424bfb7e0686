"""Tags by which a CDN can forget a source: one for each picture that went into an answer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

LENGTH = 16
"""Hexadecimal digits: 64 bits, so that even of a billion sources hardly two share a tag."""

CACHE_TAG, SURROGATE_KEY = "Cache-Tag", "Surrogate-Key"
"""Cloudflare, Akamai and others read the former, Fastly and Varnish the latter."""


@lru_cache(maxsize=4096)
def tag_of(source: str) -> str:
    """The tag of a source by its name, as in `SourceRequest`. Tells nothing about the name."""
    return sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def tag_headers(sources: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The headers of an answer that was made of these sources."""
    tags = tuple(map(tag_of, sources))
    if not tags:
        return ()
    return ((CACHE_TAG, ",".join(tags)), (SURROGATE_KEY, " ".join(tags)))
