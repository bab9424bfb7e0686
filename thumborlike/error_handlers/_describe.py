"""What may be told of a request and an error: all that helps, nothing that logs somebody in."""

from __future__ import annotations

import traceback
from collections.abc import Mapping

SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "x-amz-security-token",
    }
)
HIDDEN = "[hidden]"


def public_request(request: Mapping[str, object]) -> dict[str, object]:
    """The request with the values of secret headers taken out."""
    headers = request.get("headers")
    if not isinstance(headers, Mapping):
        return dict(request)
    shown = {
        str(name): HIDDEN if str(name).lower() in SECRET_HEADERS else str(value)
        for name, value in headers.items()
    }
    return {**request, "headers": shown}


def trace_of(error: BaseException) -> list[str]:
    """The trace, causes included, line by line."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text.splitlines()
