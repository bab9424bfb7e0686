"""Tokens of OAuth, which expire: kept while they are good, fetched by one thread at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..records import dataclass
from ..s3.failures import Trouble

EARLY = 300.0
"""Seconds before its end that a token is replaced, if another one can be had."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is sent, and until when it is good, in epoch seconds."""

    text: str
    until: float

    def __repr__(self) -> str:
        return "Token(...)"


class Tokens:
    """Gives the token that is good now. `fetch` is given a deadline on the monotonic clock."""

    def __init__(self, fetch: Callable[[float], Token]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._last: Token | None = None

    def __call__(self, end: float) -> str:
        """The token. Raises `Trouble`."""
        with self._lock:
            now, last = time.time(), self._last
            if last is None or last.until - EARLY <= now:
                last = self._last = self._renewed(last, now, end)
            return last.text

    def forget(self) -> None:
        """The store takes the token no more."""
        with self._lock:
            self._last = None

    def _renewed(self, last: Token | None, now: float, end: float) -> Token:
        try:
            return self._fetch(end)
        except Trouble:
            if last is None or last.until <= now:
                raise
            return last
