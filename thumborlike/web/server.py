"""The HTTP server round the application: time limits for slow clients, sizes of requests."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.web import Application

from ..settings import Settings

HEAD_SIZE = 65536
"""Bytes of a request's head beside its target."""

LONGEST_TARGET = 1024 * 1024
"""The same for the target, where MAX_URL_LENGTH is off."""


class PatientServer(HTTPServer):
    """Waits for the head of a connection's first request `head_timeout` seconds (0: no limit).

    Later requests of a connection are bounded by the time it may idle. Use `make_server`.
    """

    head_timeout: float = 0

    def handle_stream(self, stream: Any, address: tuple[Any, ...]) -> None:
        """Start the clock of a new connection."""
        if self.head_timeout:
            loop = asyncio.get_running_loop()
            stream.head_timer = loop.call_later(self.head_timeout, stream.close)
        super().handle_stream(stream, address)

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """Stop the clock once the head is there."""
        delegate = super().start_request(server_conn, request_conn)
        timer = getattr(request_conn.stream, "head_timer", None)
        if timer is None:
            return delegate
        request_conn.stream.head_timer = None
        return _HeadAwaited(delegate, timer)


class _HeadAwaited(HTTPMessageDelegate):
    """Passes everything on, and cancels a timer when the head has come or never will."""

    def __init__(self, delegate: HTTPMessageDelegate, timer: asyncio.TimerHandle) -> None:
        self._delegate = delegate
        self._timer = timer
        self.data_received = delegate.data_received  # type: ignore[method-assign]
        self.finish = delegate.finish  # type: ignore[method-assign]

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Any:
        self._timer.cancel()
        return self._delegate.headers_received(start_line, headers)

    def on_connection_close(self) -> None:
        self._timer.cancel()
        self._delegate.on_connection_close()


def make_server(app: Application, settings: Settings) -> PatientServer:
    """A server that listens nowhere yet.

    X-Forwarded-For and its like are not believed: Thumbor 7.8 takes them from everybody.
    """
    server, limits = settings.server, settings.limits
    made = PatientServer(
        app,
        xheaders=False,
        idle_connection_timeout=server.keep_alive_timeout or None,
        body_timeout=server.client_body_timeout or None,
        max_header_size=(limits.max_url_length or LONGEST_TARGET) + HEAD_SIZE,
        max_body_size=limits.max_source_size or None,
    )
    made.head_timeout = server.client_header_timeout
    return made
