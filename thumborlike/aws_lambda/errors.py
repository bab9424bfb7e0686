"""Errors as JSON: `{"status": 404, "code": "NoSuchKey", "message": "...", "requestId": "..."}`.

Codes are those of the Serverless Image Handler, where it has one for the case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from ..http.message import Request, Response
from ..records import replace

CODES: Mapping[int, str] = MappingProxyType(
    {
        400: "BadRequest",
        403: "AccessDenied",
        404: "NoSuchKey",
        405: "MethodNotAllowed",
        410: "ImageRequestExpired",
        413: "TooLargeImageException",
        429: "TooManyRequests",
        500: "InternalError",
        502: "SourceFailed",
        503: "ServiceUnavailable",
        504: "Timeout",
    }
)
"""By status; what has a code of its own says so in `CODE`."""

CODE = "X-Error-Code"
"""Header by which a response brings its own code as far as here."""


def as_json(response: Response, request: Request, request_id: str) -> Response:
    """The response, if it is no error; else the same as JSON."""
    if response.status < 400:
        return response
    code = response.header(CODE) or CODES.get(response.status) or _phrase(response.status)
    reason = response.body.decode("utf-8", "replace") or _phrase(response.status)
    told = {"status": response.status, "code": code, "message": reason, "requestId": request_id}
    body = json.dumps(told).encode()
    ours = ("content-type", "content-length", CODE.lower())
    headers = [each for each in response.headers if each[0].lower() not in ours]
    head = request.method == "HEAD"
    return replace(
        response,
        headers=(
            *headers,
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ),
        body=b"" if head else body,
        content_length=len(body),
    )


def without_code(response: Response) -> Response:
    """The response as clients get it that want no JSON."""
    if response.header(CODE) is None:
        return response
    kept = tuple(each for each in response.headers if each[0] != CODE)
    return replace(response, headers=kept)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
