"""A server as a process of its own, and what stands in front of it, for tests of conf/."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from redis_server import free_port as free_port  # below those that clients are given

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "long enough a key"
STARTING = ENDING = 60.0
"""Seconds, with room for a busy machine."""


class Answer(NamedTuple):
    """What a front gave."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers["Content-Type"]

    @property
    def cached(self) -> str:
        return self.headers["X-Cache"]


def ask(port: int, path: str, accept: str = "*/*", method: str = "GET", **headers: str) -> Answer:
    """One request on a connection of its own; keywords are headers, `_` for `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with contextlib.closing(connection):
        connection.request(method, path, headers={"Accept": accept, **named})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def configured(folder: Path, **keys: object) -> Path:
    """A configuration over the pictures of the tests."""
    basic: Mapping[str, object] = {
        "SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "LOADER": "file", "STORAGE": "no",
        "FILE_LOADER_ROOT_PATH": str(ROOT / "tests/pictures"), "WORKERS": 1,
        "AUTO_IMAGE_FORMAT_PREFERENCE": ["avif", "webp"],
    }  # fmt: skip
    made = folder / "thumborlike.conf"
    made.write_text("".join(f"{name} = {value!r}\n" for name, value in {**basic, **keys}.items()))
    return made


@contextlib.contextmanager
def serving(conf: Path, port: int) -> Iterator[None]:
    """`thumborlike serve` at the port; ended by SIGTERM, which must end it well."""
    command = [sys.executable, "-m", "thumborlike.cli", "-i", "127.0.0.1", "-p", str(port)]
    with running([*command, "-c", str(conf)], port) as process:
        yield
    assert process.returncode == 0


@contextlib.contextmanager
def running(command: list[str], port: int, **how: object) -> Iterator[subprocess.Popen[bytes]]:
    """Any program, from when it listens at the port until it has ended."""
    process = subprocess.Popen(command, **how)  # type: ignore[call-overload]
    try:
        wait_for(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDING)
        finally:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTING
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{process.args} did not start")


def until(holds: object, what: str, seconds: float = 60.0) -> None:
    """Wait for a callable to give something true."""
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, what
        time.sleep(0.1)
