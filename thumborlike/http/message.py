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
class Pictured:
    """What metrics and the log tell of a picture, also of one that is not sent again (304).

    `stages` with their milliseconds, as in `Result`; `smart`: whether that was asked for.
    """

    media_type: str
    smart: bool = False
    stages: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `headers` in the order they are sent; the body is empty for HEAD and 304.

    For HEAD, `content_length` is the length the body would have. `picture`: what
    is known of the picture in it, None for what is none.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_length: int | None = None
    picture: Pictured | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header, by name in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)
