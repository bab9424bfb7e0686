"""Starts the command in a process of its own, over a service that needs no pictures."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

STUB = """
import asyncio, os, sys, types
from thumborlike.http.message import Response

class Metrics:
    def incr(self, name, value=1): pass
    def timing(self, name, milliseconds): pass

class Service:
    uploads = block_list = None
    draining = leaving = False
    metrics = Metrics()
    open = 0

    def __init__(self, loaded, template=None):
        self.settings = loaded.settings

    def start(self):
        pass

    def at_once(self, request):
        return None

    async def handle(self, request):
        if request.path == "/crash":
            os._exit(3)
        if request.path == "/pid":
            return Response(200, (), str(os.getpid()).encode())
        if request.path == "/key":
            return Response(200, (), repr(self.settings.security.security_key).encode())
        self.open += 1
        try:
            await asyncio.sleep(float(request.path.strip("/") or 0))
        finally:
            self.open -= 1
        return Response(200, (), b"done")

    async def drain(self, seconds):
        self.draining = True
        for _ in range(int(seconds * 100)):
            if not self.open:
                return
            await asyncio.sleep(0.01)

module = types.ModuleType("thumborlike.service")
module.build = module.Service = Service
sys.modules["thumborlike.service"] = module

import thumborlike
thumborlike.service = module
from thumborlike.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Command:
    """A running server. `port` is known once it listens."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)


@pytest.fixture
def run_stub(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command to its end."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", STUB, *arguments]
        return subprocess.run(
            line, capture_output=True, text=True, timeout=20, cwd=tmp_path, check=False
        )

    return run


@pytest.fixture
def start(tmp_path):
    """Start the command; it is ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, stub: bool = True, **options: object) -> Command:
        program = ["-c", STUB] if stub else ["-m", "thumborlike.cli"]
        line = [sys.executable, *program, "-l", "info", *arguments]
        process = subprocess.Popen(
            line,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            **options,  # type: ignore[call-overload]
        )
        running.append(process)
        return Command(process, _port(process))

    yield start
    for process in running:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def _port(process: subprocess.Popen[str]) -> int:
    """From the line that says where it listens; answered once, so that it runs."""
    assert process.stderr
    for line in process.stderr:
        if "listening on unix:" in line:
            return 0
        if "listening on" in line:
            port = int(line.rsplit(":", 1)[1])
            _wait_for_answer(port)
            return port
    raise AssertionError(f"the server did not start: exit {process.wait(5)}")


def _wait_for_answer(port: int) -> None:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/healthcheck")
                if connection.getresponse().status == 200:
                    return
        time.sleep(0.02)
    raise AssertionError("the server does not answer")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def gone() -> Callable[[int], bool]:
    """Whether a process ends within some seconds."""

    def gone(pid: int) -> bool:
        end = time.monotonic() + 8
        while is_alive(pid) and time.monotonic() < end:
            time.sleep(0.02)
        return not is_alive(pid)

    return gone
