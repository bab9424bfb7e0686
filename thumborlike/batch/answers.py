"""What a server said. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from ..interfaces import no_headers
from ..records import dataclass, field

LONGEST_WAIT = 300.0
"""Seconds that a server can ask for by Retry-After."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. Header names are lower case; status 0: no answer, `error` tells why.

    `seconds` from the request to the last byte; `first` to the first one.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=no_headers)
    body: bytes = field(default=b"", repr=False)
    seconds: float = 0.0
    first: float = 0.0
    error: str = ""

    @property
    def type(self) -> str:
        """The media type as sent."""
        return self.headers.get("content-type", "")

    def retry_after(self, now: float | None = None) -> float | None:
        """Seconds to wait that the server asks for, at most `LONGEST_WAIT`; None: says nothing."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdecimal():
            return min(float(text[:9]), LONGEST_WAIT)
        try:
            until = parsedate_to_datetime(text).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None
        now = time.time() if now is None else now
        return min(max(0.0, until - now), LONGEST_WAIT)
