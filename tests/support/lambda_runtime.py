"""Lambda's Runtime API on a free port, and the real runtime client that asks it for events.

The rules are the service's: an answer of more than 6,291,556 bytes is refused with 413, after
which the runtime ends; an answer to another request than the current one is refused with 400.
"""

from __future__ import annotations

import http.server
import importlib.util
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time

import pytest

needs_runtime = pytest.mark.skipif(
    importlib.util.find_spec("awslambdaric") is None, reason="awslambdaric is not installed"
)
VERSION = "/2018-06-01/runtime"
LARGEST = 6_291_556
RIC = "awslambdaric"
HANDLER = "thumborlike.aws_lambda.function.handler"


class RuntimeEnded(Exception):
    """The runtime told of an error, or its process ended."""


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Hands out the events that `invoke` is given, one at a time."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.events: queue.Queue[tuple[str, bytes, float]] = queue.Queue()
        self.answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.current = ""
        self.count = 0

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.events.put(("", b"", 0))
        self.shutdown()
        self.server_close()

    def invoke(self, event, seconds=30.0, patience=60.0):
        """The answer to an event. `seconds` is the deadline that the function is told of."""
        self.count += 1
        name = f"00000000-0000-0000-0000-{self.count:012d}"
        self.events.put((name, json.dumps(event).encode(), time.time() + seconds))
        try:
            kind, body = self.answers.get(timeout=patience)
        except queue.Empty:
            raise RuntimeEnded("no answer") from None
        if kind == "streaming":
            prelude, _, picture = body.partition(bytes(8))
            return {**json.loads(prelude), "body": picture}
        if kind != "response":
            raise RuntimeEnded(f"{kind}: {body.decode()}")
        return json.loads(body)

    def handle_error(self, request, client_address):
        """The runtime has ended."""


class _Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: RuntimeApi

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if self.path != f"{VERSION}/invocation/next":
            return self._reply(404, {"errorType": "NotFound"})
        name, event, deadline = self.server.events.get()
        if not name:
            self.close_connection = True
            return None
        self.server.current = name
        headers = {
            "Lambda-Runtime-Aws-Request-Id": name,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:t",
            "Lambda-Runtime-Trace-Id": "Root=1-0-0",
        }
        return self._reply(200, event, headers)

    def do_POST(self):
        streamed = self.headers.get("Transfer-Encoding") == "chunked"
        body = self._chunks() if streamed else self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == f"{VERSION}/init/error":
            self.server.answers.put(("init error", body))
            return self._reply(202, {"status": "OK"})
        place = self.path.removeprefix(f"{VERSION}/invocation/").split("/")
        if len(place) != 2 or place[0] != self.server.current:
            return self._reply(400, {"errorType": "InvalidRequestID"})
        if streamed:
            mode = self.headers["Lambda-Runtime-Function-Response-Mode"]
            self._reply(202, {"status": "OK"})
            self.wfile.flush()
            self.server.answers.put((mode, body))
            return None
        if place[1] == "response" and len(body) > LARGEST:
            self.server.answers.put(("too large", str(len(body)).encode()))
            return self._reply(413, {"errorType": "RequestEntityTooLarge", "errorMessage": "x"})
        self.server.current = ""
        self._reply(202, {"status": "OK"})
        self.wfile.flush()
        self.server.answers.put((place[1], body))
        return None

    def _chunks(self):
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _reply(self, status, body, headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Runtime:
    """A process of the real runtime with a function in it; started by `with`.

    `keys` are environment variables. What it logs is in `log` afterwards.
    """

    def __init__(self, folder, handler=HANDLER, python=sys.executable, module=RIC, **keys):
        self._folder, self._handler, self._python = folder, handler, python
        self._module = module
        self._keys = {name: str(value) for name, value in keys.items()}
        self.api = RuntimeApi()

    def __enter__(self):
        self.api.__enter__()
        kept = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "LANG": "C.UTF-8"}
        environ = {
            **kept,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "t",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LAMBDA_TASK_ROOT": str(self._folder),
            **self._keys,
        }
        self._out = (self._folder / "log.txt").open("wb")
        self.process = subprocess.Popen(
            [self._python, "-m", self._module, self._handler],
            cwd=self._folder, env=environ, stdout=self._out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._out.close()
        self.api.__exit__()

    @property
    def log(self) -> str:
        return (self._folder / "log.txt").read_text()

    def invoke(self, event, seconds=30.0):
        return self.api.invoke(event, seconds)
