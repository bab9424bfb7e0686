"""The HTTP server round the application: limits for slow clients, many clients, large requests."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream
from tornado.web import Application

from ..settings import Settings
from .doors import Doors
from .patience import Patience

HEAD_SIZE = 65536
"""Bytes of a request's head beside its target."""

LONGEST_TARGET = 1024 * 1024
"""The same for the target, where MAX_URL_LENGTH is off."""


SOME = 16
"""When it is full, one of so many connections makes room for new ones, if it does nothing."""

LEAST_IDLE = 1.0
"""Seconds for which a connection does nothing before it makes room."""


class PatientServer(HTTPServer):
    """Closes connections that let it wait too long for the head of a request.

    `head_timeout`: seconds for a connection's first request, `idle_timeout` for each; 0 for no
    limit. `most`: connections at once, 0 for no limit: where there are more, those that do nothing
    are closed, the oldest first, and new ones wait. Use `make_server`.
    """

    head_timeout: float = 0
    idle_timeout: float = 0
    most: int = 0

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """As Tornado does it, in the place of `__init__`."""
        super().initialize(*args, **kwargs)
        self._doors = Doors(self._enter, self._is_full)
        self._streams: dict[Any, None] = {}

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Take connections from these, until `stop`."""
        for each in sockets:
            self._doors.add(each)

    def stop(self) -> None:
        """Take the connections that wait already, and then no more."""
        self._doors.shut()
        super().stop()

    def _enter(self, connection: socket.socket, address: Any) -> None:
        stream = IOStream(
            connection, max_buffer_size=self.max_buffer_size, read_chunk_size=self.read_chunk_size
        )
        self.handle_stream(stream, address)

    def _is_full(self) -> bool:
        if not self.most or len(self._streams) < self.most:
            return False
        idle = [each for each in self._streams if each.patience.waited >= LEAST_IDLE]
        for each in idle[: max(1, self.most // SOME)]:
            each.close()
        return True

    def handle_stream(self, stream: Any, address: tuple[Any, ...]) -> None:
        """Start the clock of a new connection."""
        self._streams[stream] = None
        stream.patience = Patience(stream.close)
        limits = [each for each in (self.head_timeout, self.idle_timeout) if each]
        if limits:
            stream.patience.wait(min(limits))
        super().handle_stream(stream, address)

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """The next request of a connection may come."""
        delegate = super().start_request(server_conn, request_conn)
        patience: Patience = request_conn.stream.patience
        if self.idle_timeout and not patience.waits:
            patience.wait(self.idle_timeout)
        return _HeadAwaited(delegate, patience)

    def on_close(self, server_conn: Any) -> None:
        """A connection has ended."""
        server_conn.stream.patience.end()
        super().on_close(server_conn)
        self._streams.pop(server_conn.stream, None)
        if self.most and len(self._streams) < self.most:
            self._doors.open()


class _HeadAwaited(HTTPMessageDelegate):
    """Passes everything on, and stops the clock when the head has come."""

    def __init__(self, delegate: HTTPMessageDelegate, patience: Patience) -> None:
        self._delegate = delegate
        self._patience = patience
        self.data_received = delegate.data_received  # type: ignore[method-assign]
        self.finish = delegate.finish  # type: ignore[method-assign]
        self.on_connection_close = delegate.on_connection_close  # type: ignore[method-assign]

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Any:
        self._patience.rest()
        return self._delegate.headers_received(start_line, headers)


def make_server(app: Application, settings: Settings) -> PatientServer:
    """A server that listens nowhere yet.

    X-Forwarded-For and its like are not believed: Thumbor 7.8 takes them from everybody.
    """
    server, limits = settings.server, settings.limits
    made = PatientServer(
        app,
        xheaders=False,
        body_timeout=server.client_body_timeout or None,
        max_header_size=(limits.max_url_length or LONGEST_TARGET) + HEAD_SIZE,
        max_body_size=limits.max_source_size or None,
    )
    made.conn_params.header_timeout = None  # Tornado's makes a timer for each request
    made.head_timeout = server.client_header_timeout
    made.idle_timeout = server.keep_alive_timeout
    made.most = server.max_connections
    return made
