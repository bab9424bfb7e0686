"""A server in a process of its own, seen from outside."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .taken import members

PICTURES = Path(__file__).parents[1] / "pictures"


@dataclass(frozen=True)
class Server:
    """A running one. It leads a session, by which its processes are known."""

    pid: int
    port: int


@contextlib.contextmanager
def running(folder: Path, *flags: str, **keys: object) -> Iterator[Server]:
    """Serves the pictures of the tests. Ends with status 0 and leaves no process, or it fails."""
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "STORAGE": "no",
        "MAX_AGE": 60,
        **keys,
    }
    conf, port = folder / "thumbor.conf", _free_port()
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    line = [sys.executable, "-m", "thumborlike.cli", "-p", str(port), "-i", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*line, "-c", str(conf), *flags], stderr=log, stdout=log, start_new_session=True
        )
    try:
        _wait_for(port, process)
        yield Server(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    end = time.monotonic() + 3
    while (left := members(process.pid)) and time.monotonic() < end:
        time.sleep(0.05)
    if status or left:
        raise AssertionError(f"ended with {status}; processes that were left: {left}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not start")
