"""Percent-encoding, once in each direction, in linear time at C speed.

The standard library's `unquote_to_bytes` and `quote` give the same answers; a path made of
nothing but escapes costs them milliseconds, which is more than a whole request may.
"""

from __future__ import annotations

import re
import string
from urllib.parse import unquote

from ..errors import MalformedRequest

_HEX = "0123456789abcdefABCDEF"
_ESCAPES = re.compile(rb"(%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*)")
_DECODED = {f"%{a}{b}".encode("ascii"): bytes.fromhex(a + b) for a in _HEX for b in _HEX}
_SAFE = (string.ascii_letters + string.digits + "-._~/").encode("ascii")


def repair(text: str) -> str:
    """Raw UTF-8 in a request line, read by the HTTP server as Latin-1, made readable again.

    Thumbor 7.8 keeps the mojibake. Text that is not UTF-8 in disguise stays as it is.
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def decode(text: str) -> str:
    """Percent-decode once; `+` stays `+`, stray percent signs stay.

    Raises `MalformedRequest` where the outcome is not UTF-8.
    """
    if "%" not in text and text.isascii():
        return text
    try:
        return _unescape(repair(text).encode("utf-8")).decode("utf-8")
    except UnicodeError as error:
        raise MalformedRequest("the path is not valid UTF-8") from error


def encode(text: str) -> str:
    """Percent-encode as UTF-8; letters, digits and `-._~/` stay.

    Thumbor 7.8: the storage key and the loader's argument are the image encoded so.
    """
    data = text.encode("utf-8")
    others = set(data.translate(None, _SAFE))
    for value in sorted(others, key=ord("%").__ne__):  # the percent sign before it is added
        data = data.replace(b"%c" % value, b"%%%02X" % value)
    return data.decode("ascii")


def source_name(text: str) -> str:
    """The name of a source, as pictures' URLs have it: decoded once, and quoted again."""
    return encode(unquote(text))


def _unescape(data: bytes) -> bytes:
    pieces = _ESCAPES.split(data)
    pieces[1::2] = [_DECODED.get(run) or _unescape_run(run) for run in pieces[1::2]]
    return b"".join(pieces)


def _unescape_run(run: bytes) -> bytes:
    return bytes.fromhex(run.replace(b"%", b"").decode("ascii"))
