"""Signatures and expiry in the query: v5.1 signs the path, v7 the path and the sorted query."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from ...http.message import Request
from .errors import LinkError

DATE = re.compile(r"\d{8}T\d{6}Z")


def fields_of(query: str) -> dict[str, str]:
    """The query's fields; of equal names the last one counts."""
    return dict(parse_qsl(query, keep_blank_values=True))


def check_signature(request: Request, fields: Mapping[str, str], secret: str) -> None:
    """Raises `LinkError` unless the query has the signature of the rest."""
    given = fields.get("signature")
    if not given:
        raise LinkError("AuthorizationQueryParametersError", "the link has no signature")
    others = {name: text for name, text in fields.items() if name != "signature"}
    text = request.path
    if others:
        text += "?" + urlencode(sorted(others.items()))
    if not hmac.compare_digest(given.encode(), signature_of(text, secret).encode()):
        raise LinkError("SignatureDoesNotMatch", "the signature is not that of this link", 403)


def signature_of(text: str, secret: str) -> str:
    """What a client puts into the query: hex of HMAC-SHA256."""
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def seconds_left(fields: Mapping[str, str], now: float) -> int | None:
    """Until the link expires; None if it does not. Raises `LinkError` once it has."""
    text = fields.get("expires")
    if text is None:
        return None
    try:
        if not DATE.fullmatch(text):
            raise ValueError(text)
        until = _utc(time.strptime(text, "%Y%m%dT%H%M%SZ"))
    except ValueError as error:
        raise LinkError(
            "ImageRequestExpiryFormat", "`expires` has the form YYYYMMDDTHHMMSSZ"
        ) from error
    if until <= now:
        raise LinkError("ImageRequestExpired", "the link has expired")
    return int(until - now)


def _utc(date: time.struct_time) -> float:
    import calendar  # noqa: PLC0415  (rarely needed)

    return float(calendar.timegm(date))
