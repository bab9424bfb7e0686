"""What each kind of failure answers: one table, and how an error looks on the wire.

Statuses are Thumbor 7.8's unless a comment says otherwise; docs/errors.md shows them all.
"""

from __future__ import annotations

from http import HTTPStatus

from ..errors import (
    AnswerTooLarge,
    BrokenImage,
    CannotPurge,
    ConfigurationError,
    DetectionFailed,
    Expired,
    ImageError,
    MethodNotAllowed,
    NoSuchPage,
    NotAPicture,
    Overloaded,
    PayloadTooLarge,
    PayloadTooSmall,
    ProcessingTimeout,
    RequestError,
    ServerError,
    ShuttingDown,
    SigningRefused,
    SourceBusy,
    SourceError,
    SourceFailed,
    SourceForbidden,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
    StorageError,
    TooManyRequests,
    UnsupportedFormat,
    UploadNotFound,
    UrlTooLong,
    WorkerCrashed,
)
from .message import Request, Response

STATUSES: dict[type[BaseException], int] = {
    RequestError: 400,
    MethodNotAllowed: 405,
    UrlTooLong: 414,
    Expired: 410,
    PayloadTooSmall: 412,
    PayloadTooLarge: 412,
    NotAPicture: 415,
    UploadNotFound: 404,
    NoSuchPage: 404,
    SigningRefused: 403,
    SourceError: 404,
    SourceNotFound: 404,
    SourceRefused: 404,
    SourceFailed: 502,  # Thumbor 7.8: 404, 500 or 504, depending on how the origin breaks
    SourceForbidden: 403,
    SourceBusy: 503,
    SourceTimeout: 504,
    SourceTooLarge: 400,
    ImageError: 400,
    BrokenImage: 400,  # Thumbor 7.8: 500 if the decoder gives up after opening
    UnsupportedFormat: 415,  # Thumbor 7.8: 400, the same as for data that is no picture
    ServerError: 503,
    Overloaded: 503,
    TooManyRequests: 429,
    ProcessingTimeout: 504,
    WorkerCrashed: 502,  # Thumbor 7.8: the server itself ends, connections break
    DetectionFailed: 500,  # Thumbor 7.8: the same
    AnswerTooLarge: 413,
    ShuttingDown: 503,
    CannotPurge: 501,
    StorageError: 503,  # uploads only: a picture never fails for its storage
    ConfigurationError: 500,
}
"""Type of error -> status; searched over the method resolution order of the error's type."""

UNEXPECTED = 500
ERROR_AGE = 5
"""Seconds that a shared cache may repeat a 4xx: takes the edge off floods, heals at once."""

LONGEST_REASON = 300
RETRIED = frozenset({429, 503})
"""Statuses that say when to come back."""

CACHED_BRIEFLY = frozenset({400, 404, 414, 415})


def status_of(error: BaseException, *, quirks: bool = False) -> int:
    """The status for an error; 500 for one that nobody raised on purpose.

    With `quirks` (THUMBOR_QUIRKS) a format without decoder is told like data that is none.
    """
    if quirks and isinstance(error, UnsupportedFormat):
        return STATUSES[ImageError]
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return UNEXPECTED


def error_response(error: BaseException, request: Request, *, quirks: bool = False) -> Response:
    """The answer to a request that failed: a status and one plain line, never a trace."""
    status = status_of(error, quirks=quirks)
    body = _reason(error, status).encode()
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Cache-Control", _cache_control(request, status)),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'"),
        *_extra_headers(error, status),
    )
    head = request.method == "HEAD"
    return Response(status, headers, b"" if head else body, content_length=len(body))


def _reason(error: BaseException, status: int) -> str:
    if status == UNEXPECTED:
        return "internal error"
    text = "".join(char if char.isprintable() else " " for char in str(error)).strip()
    return text[:LONGEST_REASON] or HTTPStatus(status).phrase.lower()


def _cache_control(request: Request, status: int) -> str:
    brief = status in CACHED_BRIEFLY and request.method in ("GET", "HEAD")
    return f"max-age={ERROR_AGE},public" if brief else "no-cache"


def _extra_headers(error: BaseException, status: int) -> tuple[tuple[str, str], ...]:
    if isinstance(error, MethodNotAllowed):
        return (("Allow", ", ".join(error.allowed)),)
    if status in RETRIED:
        return (("Retry-After", str(getattr(error, "retry_after", Overloaded.retry_after))),)
    return ()
