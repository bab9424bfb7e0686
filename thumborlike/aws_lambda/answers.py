"""From a response to what each front end wants back, and how large that is."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ..http.message import Response
from ..records import replace
from .events import Form

Answer = dict[str, Any]
LARGEST = 6_291_556
"""Bytes of JSON that Lambda takes back."""

LARGEST_BALANCED = 1_048_576
"""The same where a load balancer asks."""

LARGEST_STREAMED = 200_000_000
"""Bytes that may be streamed."""

ROOM = 1024
"""Bytes kept free, for what the runtime may write otherwise than `json` here."""

TEXTS = ("text/", "application/json", "application/problem+json")


def answer_of(form: Form, response: Response) -> Answer:
    """What the front end gets. The response's headers are all that are sent."""
    if form is Form.STREAM:
        headers = dict(response.headers)
        return {"statusCode": response.status, "headers": headers, "body": response.body}
    body, encoded = _body(response)
    answer: Answer = {"statusCode": response.status, "body": body, "isBase64Encoded": encoded}
    if form is Form.ALB_MULTI:
        answer["multiValueHeaders"] = {name: [value] for name, value in response.headers}
    else:
        answer["headers"] = dict(response.headers)
    if form.balancer:
        answer["statusDescription"] = f"{response.status} {_phrase(response.status)}"
    return answer


def fits(form: Form, response: Response) -> bool:
    """Whether the answer, encoded as it is sent, is one that the front end takes."""
    return size_of(form, response) <= limit_of(form)


def limit_of(form: Form) -> int:
    """Bytes of JSON that an answer may have."""
    if form is Form.STREAM:
        return LARGEST_STREAMED - ROOM
    return (LARGEST_BALANCED if form.balancer else LARGEST) - ROOM


def room_for(form: Form, response: Response) -> int:
    """Bytes that a picture may have to be answered with the headers of this response."""
    empty = size_of(form, replace(response, body=b""))
    left = max(0, limit_of(form) - empty)
    return left if form is Form.STREAM else left // 4 * 3


def size_of(form: Form, response: Response) -> int:
    """Bytes of JSON of the answer; a picture is not encoded for that."""
    if form is Form.STREAM:
        return len(response.body)
    envelope = len(json.dumps(answer_of(form, replace(response, body=b""))))
    if not response.body:
        return envelope
    if _is_text(response) and (text := _text(response.body)) is not None:
        return envelope + len(json.dumps(text))
    return envelope + (len(response.body) + 2) // 3 * 4


def _body(response: Response) -> tuple[str, bool]:
    """Texts as they are, so that they are readable behind a gateway without binary types."""
    if not response.body:
        return "", False
    if _is_text(response) and (text := _text(response.body)) is not None:
        return text, False
    return base64.b64encode(response.body).decode("ascii"), True


def _is_text(response: Response) -> bool:
    return (response.header("Content-Type") or "").lower().startswith(TEXTS)


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def plain(status: int, told: Mapping[str, object]) -> Answer:
    """An answer to who asked for no picture."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {
        "statusCode": status,
        "headers": headers,
        "body": json.dumps(dict(told)),
        "isBase64Encoded": False,
    }
