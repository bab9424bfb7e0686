"""The head of an answer as it is sent: what every answer has, then its own headers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache

from .message import Response

WITHOUT_LENGTH = (204, 304)


def sent_headers(
    response: Response, common: Mapping[str, str], *, closing: bool = False
) -> dict[str, str]:
    """All headers by their names, in the order in which Tornado's handlers send them.

    `common` are those that every answer has. `closing`: the connection ends with the answer.
    """
    headers: dict[str, str] = {}
    if "Server" in common:
        headers["Server"] = common["Server"]
    if kind := response.header("Content-Type"):
        headers["Content-Type"] = kind
    headers["Date"] = _date(int(time.time()))
    headers.update(common)
    headers.update(each for each in response.headers if each[0] != "Server")
    if closing:
        headers["Connection"] = "close"
    if response.status not in WITHOUT_LENGTH:
        length = response.content_length
        headers["Content-Length"] = str(len(response.body) if length is None else length)
    return headers


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    """An HTTP date; within a second all answers have the same."""
    return formatdate(seconds, usegmt=True)
