"""The same picture, in at most so many bytes: its address with `max_bytes()`."""

from __future__ import annotations

from collections.abc import Iterator

from ..http.message import Request
from ..http.negotiation import accepts, parse_accept
from ..records import replace
from ..url.grammar import Groups, split


def within(request: Request, size: int) -> Iterator[Request]:
    """Requests for the picture in at most `size` bytes, to be tried in this order.

    Only for a request that was answered: these need no signature any more. The later ones are
    for formats that know no quality, where the client takes another one.
    """
    parts = split(request.path)
    if request.method != "GET" or parts is None or size <= 0:
        return
    if "hash" not in parts and "unsafe" not in parts:
        return
    calls = f"max_bytes({size})"
    formats = [name for name in ("webp", "avif") if _takes(request, name)]
    for each in (calls, *(f"format({name}):{calls}" for name in formats)):
        yield replace(request, path=_with_filters(parts, each), trusted=True)


def _takes(request: Request, name: str) -> bool:
    return accepts(parse_accept(request.headers.get("accept", "")), name)


def _with_filters(parts: Groups, calls: str) -> str:
    """The path with these behind its own filters, so that they win."""
    image, filters = parts["image"], parts.get("filters")
    front = parts["signed_part"].removesuffix(image)
    if filters:
        front, calls = front.removesuffix(f"filters:{filters}/"), f"{filters}:{calls}"
    return f"/unsafe/{front}filters:{calls}/{image}"
