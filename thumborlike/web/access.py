"""The access log: one line a request, in Thumbor's (that is Tornado's) form."""

from __future__ import annotations

import logging

from tornado.web import RequestHandler

log = logging.getLogger("thumborlike.access")


def log_request(handler: RequestHandler) -> None:
    """`200 GET /path (127.0.0.1) 12.34ms`: failures of ours as warnings, the rest as info.

    Thumbor 7.8 warns of every 4xx, so that any stranger can fill the log of a default set-up.
    """
    status, request = handler.get_status(), handler.request
    log.log(
        logging.WARNING if status >= 500 else logging.INFO,
        "%d %s %s (%s) %.2fms",
        status,
        request.method,
        request.uri,
        request.remote_ip,
        1000 * request.request_time(),
    )
