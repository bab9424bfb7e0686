"""Tokens of OAuth, which expire: kept while they are good, fetched by one thread at a time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..records import dataclass
from ..s3.failures import Broken, Misconfigured, Trouble, trouble

if TYPE_CHECKING:
    from ..s3.wire import Answer

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


def token_of(answer: Answer) -> Token:
    """From the answer of a server of tokens. Raises `Broken` or `Misconfigured`."""
    if answer.status != 200:
        kind = Broken if answer.status >= 500 or answer.status == 429 else Misconfigured
        raise trouble(kind, f"no token: {answer.status}")
    try:
        told = json.loads(answer.body)
        lasts = told.get("expires_in")
        until = time.time() + float(lasts) if lasts else float(told["expires_on"])
        return Token(str(told["access_token"]), until)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise trouble(Broken, "no token: no answer that can be read") from error
