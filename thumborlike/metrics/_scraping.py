"""A port of its own for who scrapes: whatever is asked for, the answer is all figures."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

PATIENCE = 5.0
"""Seconds for which one client may keep the others waiting."""

Exposition = Callable[[], tuple[bytes, str]]


class ScrapePort:
    """Answers in a thread: one after the other, as those who scrape come seldom.

    Several processes may have the same port: the system sends a client to one of them.
    Raises OSError if the port cannot be had.
    """

    def __init__(self, address: str, port: int, exposition: Exposition) -> None:
        self._server = _Server(address, port, exposition)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="scrapes", daemon=True
        )
        self._thread.start()

    async def close(self) -> None:
        """Answer no more."""
        await asyncio.get_running_loop().run_in_executor(None, self._server.shutdown)
        self._server.server_close()


class _Server(HTTPServer):
    allow_reuse_address = True

    def __init__(self, address: str, port: int, exposition: Exposition) -> None:
        self.exposition = exposition
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), _Figures)

    def server_bind(self) -> None:
        """Without asking who has this address, as the base does: names may take long."""
        if hasattr(socket, "SO_REUSEPORT"):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: object, client_address: object) -> None:
        """Who leaves early, or says nothing, is nobody's concern."""


class _Figures(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE
    server_version = "thumborlike"
    sys_version = ""

    def do_GET(self) -> None:
        """All figures of now."""
        body, media_type = self.server.exposition()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name there)
        """Scrapes are not logged, as health checks are not counted."""
