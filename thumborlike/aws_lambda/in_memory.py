"""Requests to the server's own application without a socket.

For what a picture is not: uploads, purges, the block list, methods that are not allowed, and
endpoints of others. Tornado is loaded when the first of them comes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPConnection, HTTPHeaders, RequestStartLine, ResponseStartLine

from ..errors import PayloadTooLarge
from ..http.message import Request, Response
from ..http.status import error_response
from ..web.app import ImageServer, make_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..service import Service


class Application:
    """The application of a service, made once."""

    def __init__(self, service: Service) -> None:
        self._app: ImageServer = make_app(service)
        self._app.settings["log_function"] = _untold

    async def answer(self, request: Request) -> Response:
        """What it answers; `headers` are all that a server would send."""
        connection = _Connection(request.client)
        delegate = self._app.by_routes(connection, connection)
        target = request.path.encode().decode("latin-1")
        target += f"?{request.query}" if request.query else ""
        line = RequestStartLine(request.method, target, "HTTP/1.1")
        headers = HTTPHeaders(dict(request.headers))
        if request.body:
            headers["Content-Length"] = str(len(request.body))
        await _done(delegate.headers_received(line, headers))
        if connection.refuses(len(request.body)):
            return error_response(PayloadTooLarge("the body is too large"), request)
        if request.body:
            await _done(delegate.data_received(request.body))
        delegate.finish()
        return await connection.answer


class _Context:
    """What Tornado asks of a connection."""

    protocol = "https"

    def __init__(self, address: str) -> None:
        self.remote_ip = address.partition("/")[0]
        self.address_family = None


class _Connection(HTTPConnection):
    """Keeps what is written to it."""

    stream = None

    def __init__(self, address: str) -> None:
        self.context = _Context(address)
        self.answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._limit: int | None = None
        self._status = 500
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []

    def refuses(self, size: int) -> bool:
        """Whether the endpoint has no use for a body of so many bytes."""
        return self._limit is not None and size > self._limit

    def set_max_body_size(self, size: int) -> None:
        """The endpoint says how much it reads."""
        self._limit = size

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """Nobody leaves here."""

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """The head, and perhaps a first piece of the body."""
        assert isinstance(start_line, ResponseStartLine)
        self._status = start_line.code
        self._headers = list(headers.get_all())
        return self.write(chunk or b"")

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """A piece of the body."""
        self._body.append(bytes(chunk))
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        written.set_result(None)
        return written

    def finish(self) -> None:
        """The answer is whole."""
        if not self.answer.done():
            whole = Response(self._status, tuple(self._headers), b"".join(self._body))
            self.answer.set_result(whole)


def _untold(_: object) -> None:
    """The function tells of its requests itself."""


async def _done(waited: Any) -> None:
    if waited is not None:
        await waited
