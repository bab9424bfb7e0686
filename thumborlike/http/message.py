"""Requests and responses as values; Tornado and Lambda translate to and from them."""

from __future__ import annotations

from collections.abc import Mapping

from ..interfaces import no_headers
from ..records import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is raw, percent-encoding untouched, without the query.

    `headers` has lower-case names; repeated ones are joined by a comma. `client` is who asks, as
    far as it is known: an address, or the network of an IPv6 address. `trusted`: whoever made the
    request has authorised it; no signature is asked for, and `unsafe` is allowed.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=no_headers)
    body: bytes = b""
    client: str = ""
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `headers` in the order they are sent; the body is empty for HEAD and 304.

    For HEAD, `content_length` is the length the body would have. `stages`: those of the picture in
    it with their milliseconds, as in `Result`.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_length: int | None = None
    stages: tuple[tuple[str, float], ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header, by name in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)
