"""The access log: one line a request, in Thumbor's (that is Tornado's) form."""

from __future__ import annotations

import logging
from typing import Any

from tornado.web import RequestHandler

from ..http.message import Response
from ..logs import ACCESS, without_secrets

log = logging.getLogger(ACCESS)


def log_request(handler: RequestHandler) -> None:
    """One request that a handler has answered."""
    request = handler.request
    log_answer(
        handler.get_status(),
        request.method or "",
        request.uri or "",
        request.remote_ip or "",
        request.request_time(),
        response=getattr(handler, "answered", None),
    )


def log_answer(
    status: int,
    method: str,
    uri: str,
    address: str,
    seconds: float,
    *,
    response: Response | None = None,
) -> None:
    """`200 GET /path (127.0.0.1) 12.34ms`: failures of ours as warnings, the rest as info.

    Without the passwords of sources. What `response` tells besides is for those who format it.

    Thumbor 7.8 warns of every 4xx, so that any stranger can fill the log of a default set-up.
    """
    level = logging.WARNING if status >= 500 else logging.INFO
    if not log.isEnabledFor(level):
        return
    shown = without_secrets(uri)
    milliseconds = round(1000 * seconds, 2)
    fields: dict[str, Any] = {
        "status": status,
        "method": method,
        "path": shown,
        "client": address,
        "milliseconds": milliseconds,
    }
    if response:
        fields["bytes"] = len(response.body)
        if response.picture and response.picture.stages:
            fields["stages"] = dict(response.picture.stages)
    values = status, method, shown, address, milliseconds
    log.log(level, "%d %s %s (%s) %.2fms", *values, extra={"fields": fields})
