"""The answers to health checks (Thumbor 7.8: `WORKING`, not cached) and about readiness."""

from __future__ import annotations

from .message import Request, Response
from .respond import content_response

BODY = b"WORKING"
READY = b"READY"
MEDIA_TYPE = "text/html; charset=UTF-8"
NOT_CACHED = (("Cache-Control", "no-cache"),)


def health_response(request: Request) -> Response:
    """All is well."""
    return content_response(request, BODY, MEDIA_TYPE, NOT_CACHED)


def ready_response(request: Request) -> Response:
    """Requests may come."""
    return content_response(request, READY, "text/plain; charset=UTF-8", NOT_CACHED)
