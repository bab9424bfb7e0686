"""What all endpoints share: values in, values out, and errors as one plain line.

Tornado's own ETags, HTML error pages and tracebacks are switched off here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError, RequestHandler

from ..causes import told
from ..errors import MalformedRequest, MethodNotAllowed, ThumborlikeError
from ..http.message import Request, Response
from ..http.respond import always
from ..http.status import error_response
from ..logs import without_secrets
from ..request_ids import HEADER, current_id
from .delivery import delivered
from .open_requests import OpenRequests

if TYPE_CHECKING:
    from ..service import Service

ASCII = "".join(map(chr, range(128)))
CLIENT_LEFT = 499
log = logging.getLogger(__name__)


class Handler(RequestHandler):
    """Base of our endpoints. `body_limit` is how many bytes a request may carry."""

    body_limit = 65536
    allowed: tuple[str, ...] = ("GET", "HEAD")

    def initialize(self, service: Service, open_requests: OpenRequests) -> None:
        """Receive what `make_app` gives every handler."""
        self.service = service
        self.open_requests = open_requests

    def set_default_headers(self) -> None:
        """Tornado's own name stays out of it."""
        application: Any = self.application  # the service is not given to the handler yet
        common = always(application.service.settings.http)
        for name, value in common.items():
            self.set_header(name, value)
        if "Server" not in common:
            self.clear_header("Server")

    def compute_etag(self) -> None:
        """ETags come with the `Response`, or not at all."""

    async def send(self, response: Response) -> None:
        """Write an answer and wait until the client has it; a reader that stalls is cut off."""
        self.fill(response)
        sent = self.finish()
        if sent.done() and not sent.exception():
            return  # the system has taken all of it, as it does unless the client is slow
        patience = self.service.settings.server.client_body_timeout
        if not await delivered(sent, len(response.body), patience):
            self.close_connection()

    def fill(self, response: Response) -> None:
        """Set status, headers and body."""
        self.answered = response
        self.set_status(response.status)
        if response.header("Content-Type") is None:
            self.clear_header("Content-Type")
        for name, value in response.headers:
            if name != "Server":
                self.set_header(name, value)
        if self.service.draining or getattr(self.application, "parting", False):
            self.set_header("Connection", "close")
        if self.service.settings.http.send_request_id:
            self.set_header(HEADER, current_id())
        if response.content_length is not None and response.status not in (204, 304):
            self.set_header("Content-Length", str(response.content_length))
        if response.body:
            self.write(response.body)

    def close_connection(self) -> None:
        """Drop the connection with whatever is still unsent."""
        stream = getattr(self.request.connection, "stream", None)
        if stream is not None:
            stream.close()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Any error that leaves a method, Tornado's own included, as one plain line."""
        _, error, _ = kwargs.get("exc_info") or (None, None, None)
        self.fill(error_response(self._named(status_code, error), from_tornado(self.request)))
        self.finish()

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Only what nobody expected goes to the log with its trace."""
        if isinstance(value, ThumborlikeError):
            where = f"{self.request.method} {without_secrets(self.request.path)}"
            log.info("%s: %s", where, told(value))
        elif not isinstance(value, HTTPError):
            where = f"{self.request.method} {without_secrets(self.request.path)}"
            log.error("unexpected error at %s", where, exc_info=(typ, value, tb))  # type: ignore[arg-type]

    def _named(self, status: int, error: BaseException | None) -> BaseException:
        if status == 405:
            return MethodNotAllowed("this method is not allowed here", self.allowed)
        if isinstance(error, HTTPError):
            return MalformedRequest("this request cannot be read")
        return error or RuntimeError(f"status {status}")


def from_tornado(request: HTTPServerRequest) -> Request:
    """Tornado's request as a value; the path stays as it came."""
    return Request(
        method=request.method or "",
        path=_text(request.path),
        query=request.query,
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def origin_form(target: str) -> str:
    """A request target without scheme and host, which proxies may send (RFC 9112, 3.2.2)."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        return target
    cut = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return rest[cut:] if rest[cut:].startswith("/") else "/" + rest[cut:]


def _text(path: str) -> str:
    """The path as text. Bytes beyond ASCII are UTF-8, though HTTP hands them over as Latin-1.

    What is no UTF-8 is percent-encoded, so that it is refused like any other bad encoding.
    """
    if path.isascii():
        return path
    raw = path.encode("latin-1", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return quote(raw, safe=ASCII)
