"""The id of a request, by which all its lines in the log are found.

Whoever passed the request on may have given it one, which is believed if it is short and plain:
it goes into the log, and into the answer where SEND_REQUEST_ID is on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextvars import ContextVar
from itertools import count

HEADER = "X-Request-Id"
AMAZON = "X-Amzn-Trace-Id"
"""What Amazon's balancers send: `Root=1-67891233-abcdef012345678912345678`, and more after `;`."""

LONGEST = 128
"""Characters of an id that is believed."""

_PLAIN = re.compile(f"[A-Za-z0-9._:+/=~-]{{1,{LONGEST}}}")
"""Neither quotes nor spaces nor anything that HTML, a shell or a log would take for something."""

_ROOT = re.compile(r"(?:^|;)\s*Root=([^;]*)")


class Ids:
    """Ids for requests that bring none: random for the process, then counted."""

    def __init__(self) -> None:
        self._first = os.urandom(6).hex()
        self._count = count(1)

    def next(self) -> str:
        """One that no other request has."""
        return f"{self._first}-{next(self._count):x}"


class Asked:
    """A request that is being answered. Its id is looked for when it is first wanted."""

    __slots__ = ("_headers", "_id", "_ids")

    def __init__(self, headers: Mapping[str, str], ids: Ids) -> None:
        self._headers = headers
        self._ids = ids
        self._id = ""

    @property
    def id(self) -> str:
        """The id: plain ASCII, at most LONGEST characters."""
        if not self._id:
            self._id = given_id(self._headers) or self._ids.next()
        return self._id


NOW: ContextVar[Asked | None] = ContextVar("request", default=None)
"""What is being answered here. Tasks and threads that a request begins inherit it."""


def begin(headers: Mapping[str, str], ids: Ids) -> Asked:
    """From here on, until the next one begins, this request is answered.

    `headers` takes names as HEADER and AMAZON have them.
    """
    asked = Asked(headers, ids)
    NOW.set(asked)
    return asked


def current_id() -> str:
    """The id of the request that is being answered; empty if there is none."""
    asked = NOW.get()
    return asked.id if asked else ""


def given_id(headers: Mapping[str, str]) -> str:
    """What the request calls itself, if that may be written down; else nothing."""
    if (given := headers.get(HEADER)) and _PLAIN.fullmatch(given):
        return given
    root = _ROOT.search(headers.get(AMAZON) or "")
    return root[1] if root and _PLAIN.fullmatch(root[1]) else ""
