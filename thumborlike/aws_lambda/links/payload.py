"""The JSON in a path: base64 in either alphabet, padded or not, percent-encoded or not."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ...records import dataclass
from .errors import LinkError

LETTERS = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
SHORTEST = 8
BRACE = ("ey", "ew", "e3", "ex", "IH", "Cn", "DQ", "CX")
"""How base64 of JSON objects begins: `{"`, `{` and white space."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a link of v4 to v7 says."""

    key: str
    bucket: str | None
    edits: Mapping[str, Any]
    output_format: str | None
    headers: Mapping[str, str]


def payload_of(path: str) -> Payload | None:
    """What the path says, None if it is no such link. Raises `LinkError` for a broken one."""
    text = unquote(path.lstrip("/"))
    if len(text) < SHORTEST or not text.startswith(BRACE) or not LETTERS.fullmatch(text):
        return None
    found = _json(text)
    if not isinstance(found, dict):
        return None
    key, bucket = found.get("key"), found.get("bucket")
    if not isinstance(key, str) or not key or not isinstance(bucket, (str, type(None))):
        raise LinkError("DecodeRequest::CannotReadRequest", "the link names no image")
    return Payload(key, bucket, _map(found, "edits"), _text(found, "outputFormat"), _headers(found))


def _json(text: str) -> object:
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        return json.loads(raw.decode("utf-8"))
    except (binascii.Error, UnicodeDecodeError, ValueError, RecursionError):
        return None


def _map(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise LinkError("DecodeRequest::CannotDecodeRequest", f"{name} is no object")
    return value


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) and value else None


def _headers(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(name): value for name, value in _map(found, "headers").items() if isinstance(value, str)
    }
