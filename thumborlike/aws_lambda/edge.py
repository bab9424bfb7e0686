"""Requests that a function of CloudFront has made opaque, and what it finds in the bucket.

The path is `/r/<variant>/<sha256 of the original path>`, which is also the key of the result in
the bucket that CloudFront asks first; the original path comes in a header. The hash says that
both belong together: else one picture could be filed under the name of another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

from ..errors import MalformedRequest
from ..http.message import Request
from ..records import dataclass, replace
from .events import Asked

PATH = re.compile(r"/(r/([a-z])/([0-9a-f]{64}))")
ORIGINAL = "x-original-path"
ACCEPTS: Mapping[str, str] = MappingProxyType(
    {"a": "image/avif,image/webp", "w": "image/webp", "o": ""}
)
"""Variant -> what its clients accept."""

CONDITIONS = ("if-none-match", "if-modified-since")


@dataclass(frozen=True, slots=True)
class Opened:
    """The request that the viewer made, and the key of its result; None: it came straight."""

    asked: Asked
    key: str | None = None


def opened(asked: Asked) -> Opened:
    """What was asked for at the edge. Raises `MalformedRequest` for what is forged."""
    request = asked.request
    found = PATH.fullmatch(request.path)
    original = request.headers.get(ORIGINAL)
    if not found or original is None:
        return Opened(asked)
    key, variant, digest = found.groups()
    if variant not in ACCEPTS or digest not in (_hash(original), _hash(original[1:])):
        raise MalformedRequest("the address is not that of its original path")
    path, _, query = original.partition("?")
    headers = {**request.headers, "accept": ACCEPTS[variant]}
    return Opened(
        replace(asked, request=replace(request, path=path, query=query, headers=headers)), key
    )


def unconditional(request: Request) -> Request:
    """The request for the whole picture, so that there is something to be stored."""
    headers = {name: text for name, text in request.headers.items() if name not in CONDITIONS}
    return replace(request, method="GET", headers=headers)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
