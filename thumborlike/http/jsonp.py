"""JSONP for `/meta`: the callback's name and the script that calls it.

Thumbor 7.8 does not check the name and writes `?callback=f` as `b'f'({...});`, which no
browser runs. The comment in front keeps the answer from being read as another file format.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from ..errors import MalformedRequest
from ..settings.sections import HttpSettings
from .message import Request

MEDIA_TYPE = "text/javascript"
LONGEST_NAME = 100
NAME = re.compile(r"[A-Za-z_$][\w$]*(\[\d{1,9}\])?(\.[A-Za-z_$][\w$]*(\[\d{1,9}\])?)*", re.ASCII)
MOST_FIELDS = 100


def callback_of(request: Request, settings: HttpSettings) -> str | None:
    """The function to call, or None for plain JSON. META_CALLBACK_NAME wins over `?callback=`.

    Raises `MalformedRequest` unless the name is made of identifiers, dots and `[0]`.
    """
    name = settings.meta_callback_name or _asked(request.query)
    if name and (len(name) > LONGEST_NAME or not NAME.fullmatch(name)):
        raise MalformedRequest("the callback is not the name of a function")
    return name or None


def wrap(callback: str, body: bytes) -> tuple[bytes, str]:
    """The script that hands `body` (JSON) to the function, and its media type."""
    return b"/**/%s(%s);" % (callback.encode("ascii"), body), MEDIA_TYPE


def _asked(query: str) -> str | None:
    try:
        fields = parse_qs(query, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise MalformedRequest("too many arguments") from error
    return fields.get("callback", [None])[0]
