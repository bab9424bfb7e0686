"""Where pictures are asked for, without a `RequestHandler`, which costs more than a hit itself.

A plain GET or HEAD (no body, no odd Host or target) that no other route takes is answered here:
from memory as soon as its head is there, else when the service has made the picture. Whatever is
unusual goes the common way, by the routes, where `ImageHandler` gives the same answers.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from http.client import responses
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, ResponseStartLine

from ..http.client import FORWARDED, client_of
from ..http.message import Request, Response
from ..http.respond import always
from ..http.sending import sent_headers
from ..http.status import error_response
from ..logs import without_secrets
from ..request_ids import HEADER, begin
from .access import log_answer
from .delivery import delivered
from .handler import CLIENT_LEFT

if TYPE_CHECKING:
    from .app import ImageServer

log = logging.getLogger(__name__)
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
LONGEST_QUERY = 500
"""Characters; no query of so few has more fields than Tornado reads."""


class Entrance(HTTPMessageDelegate):
    """One request. Looks at its head, then answers it or lets another delegate do it."""

    def __init__(self, app: ImageServer, server: object, connection: Any) -> None:
        self._app = app
        self._server = server
        self._connection = connection
        self._common: HTTPMessageDelegate | None = None
        self._response: Response | None = None
        self._work: asyncio.Task[None] | None = None
        self._answered = False

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        """Decide which way the request goes."""
        self._started = time.perf_counter()
        self._line = start_line
        if is_plain(start_line, headers):
            path, _, query = start_line.path.partition("?")
            self._asked = begin(headers, self._app.ids)
            self._request = Request(start_line.method, path, query, headers)
            self._response = self._app.service.at_once(self._request)
            if self._response or self._app.is_picture(path):
                return None
        self._common = self._app.by_routes(self._server, self._connection)
        return self._common.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Any:
        """A piece of a body; what has one goes the common way."""
        return self._common.data_received(chunk) if self._common else None

    def finish(self) -> None:
        """The whole request has come: answer it."""
        if self._common:
            self._common.finish()
        elif self._response:
            self._send_at_once(self._response)
        else:
            self._connection.set_close_callback(self._left)
            self._work = asyncio.get_running_loop().create_task(self._answer())

    def on_connection_close(self) -> None:
        """The client left while it was sending."""
        if self._common:
            self._common.on_connection_close()

    def _left(self) -> None:
        """Nobody waits for this any more. Work that others share goes on."""
        if self._work:
            self._work.cancel()

    def _send_at_once(self, response: Response) -> None:
        sent = self._write(response)
        if not sent.done():
            self._work = asyncio.get_running_loop().create_task(self._deliver(sent, response))

    async def _answer(self) -> None:
        with self._app.open_requests:
            try:
                response = await self._made()
                self._connection.set_close_callback(None)
                sent = self._write(response)
            except asyncio.CancelledError:
                self._log(CLIENT_LEFT)
                return
            finally:
                if not self._answered:
                    self._connection.stream.close()
            if not sent.done():
                await self._wait(sent, response)

    async def _made(self) -> Response:
        came = self._request
        headers, peer = lower_case(came.headers), self._connection.context.remote_ip
        trusted = self._app.service.settings.server.trusted_proxies
        client = client_of(peer or "", headers.get(FORWARDED, "") if trusted else "", trusted)
        request = Request(came.method, came.path, came.query, headers, client=client)
        try:
            return await self._app.service.handle(request)
        except Exception as error:
            log.exception("unexpected error at %s", without_secrets(request.path))
            return error_response(error, request)

    async def _deliver(self, sent: asyncio.Future[None], response: Response) -> None:
        with self._app.open_requests:
            await self._wait(sent, response)

    async def _wait(self, sent: asyncio.Future[None], response: Response) -> None:
        patience = self._app.service.settings.server.client_body_timeout
        if not await delivered(sent, len(response.body), patience):
            self._connection.stream.close()

    def _write(self, response: Response) -> asyncio.Future[None]:
        reason = responses.get(response.status, "Unknown")
        service = self._app.service
        common = always(service.settings.http)
        closing = service.draining or self._app.parting
        headers: Any = _Head(sent_headers(response, common, closing=closing))
        if service.settings.http.send_request_id:
            headers[HEADER] = self._asked.id
        sent: asyncio.Future[None] = self._connection.write_headers(
            ResponseStartLine("HTTP/1.1", response.status, reason), headers, response.body
        )
        self._connection.finish()
        self._answered = True
        self._log(response.status, response)
        return sent

    def _log(self, status: int, response: Response | None = None) -> None:
        seconds = time.perf_counter() - self._started
        address = self._connection.context.remote_ip
        line = self._line
        log_answer(status, line.method, line.path, address, seconds, response=response)


class _Head(dict[str, str]):
    """What a connection needs of `HTTPHeaders`: names are written as they are, each only once."""

    get_all = dict.items


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


def lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with lower-case names, as the service has them."""
    return {name.lower(): value for name, value in headers.items()}
