"""Where requests come in: what needs no waiting is answered here, without a `RequestHandler`.

Tornado's handler costs more than all else that a picture in memory needs. So a plain GET or HEAD
(no body, no odd Host or target) is shown to the service first; whatever it does not know at once,
and whatever is unusual, goes the common way by the routes, as if nothing had been before them.
"""

from __future__ import annotations

import asyncio
import re
import time
from functools import lru_cache
from http.client import responses
from typing import TYPE_CHECKING, Any

from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    ResponseStartLine,
    format_timestamp,
)

from ..http.message import Request, Response
from ..http.respond import SERVER
from .access import log_answer
from .delivery import delivered

if TYPE_CHECKING:
    from .app import ImageServer

HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
LONGEST_QUERY = 500
"""Characters; no query of so few has more fields than Tornado reads."""


class Entrance(HTTPMessageDelegate):
    """One request. Looks at its head, then answers or lets another delegate do it."""

    def __init__(self, app: ImageServer, server: object, connection: Any) -> None:
        self._app = app
        self._server = server
        self._connection = connection
        self._common: HTTPMessageDelegate | None = None
        self._response: Response | None = None

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        """Decide which way the request goes."""
        self._started = time.perf_counter()
        self._line = start_line
        if is_plain(start_line, headers):
            path, _, query = start_line.path.partition("?")
            request = Request(start_line.method, path, query, headers)
            self._response = self._app.service.at_once(request)
            if self._response:
                return None
        self._common = self._app.by_routes(self._server, self._connection)
        return self._common.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Any:
        """A piece of a body; what has one goes the common way."""
        return self._common.data_received(chunk) if self._common else None

    def finish(self) -> None:
        """The whole request has come: answer it."""
        if self._response:
            self._send(self._response)
        elif self._common:
            self._common.finish()

    def on_connection_close(self) -> None:
        """The client left while it was sending."""
        if self._common:
            self._common.on_connection_close()

    def _send(self, response: Response) -> None:
        sent: asyncio.Future[None] = self._connection.write_headers(
            ResponseStartLine("HTTP/1.1", response.status, responses[response.status]),
            sent_headers(response),
            response.body,
        )
        self._connection.finish()
        self._log(response.status)
        if not sent.done():
            self._waiting = asyncio.get_running_loop().create_task(self._deliver(sent, response))

    async def _deliver(self, sent: asyncio.Future[None], response: Response) -> None:
        with self._app.open_requests:
            patience = self._app.service.settings.server.client_body_timeout
            if not await delivered(sent, len(response.body), patience):
                self._connection.stream.close()

    def _log(self, status: int) -> None:
        seconds = time.perf_counter() - self._started
        address = self._connection.context.remote_ip
        log_answer(status, self._line.method, self._line.path, address, seconds)


def is_plain(line: Any, headers: HTTPHeaders) -> bool:
    """Whether a head is such that only its target, Accept and validators matter."""
    path, _, query = line.path.partition("?")
    return (
        line.method in ("GET", "HEAD")
        and path.startswith("/")
        and path.isascii()
        and len(query) <= LONGEST_QUERY
        and "Content-Length" not in headers
        and "Transfer-Encoding" not in headers
        and "Expect" not in headers
        and HOST.fullmatch(headers.get("Host", "")) is not None
    )


def sent_headers(response: Response) -> HTTPHeaders:
    """What is sent for a response, in the order in which Tornado's handler does it."""
    headers = HTTPHeaders()
    headers["Server"] = SERVER
    if kind := response.header("Content-Type"):
        headers["Content-Type"] = kind
    headers["Date"] = _date(int(time.time()))
    for name, value in response.headers:
        headers[name] = value
    if response.status != 304:
        length = response.content_length
        headers["Content-Length"] = str(len(response.body) if length is None else length)
    return headers


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    return format_timestamp(seconds)
