"""What the small stores of objects that can misbehave share: a server, and its answers."""

from __future__ import annotations

import http.server
import threading
from typing import TypeVar

S = TypeVar("S", bound="SmallStore")


class SmallStore(http.server.ThreadingHTTPServer):
    """Serves on a free port between `with` and its end."""

    request_queue_size = 256
    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self: S) -> S:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that go away."""


class Answering(http.server.BaseHTTPRequestHandler):
    """Keeps connections, and writes nothing to the terminal."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def _answer(self, status, body, headers=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
