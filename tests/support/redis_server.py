"""A real Redis on a free port of this machine, which tests may kill and start again."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

PROGRAM = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(PROGRAM is None, reason="redis-server is not installed")


def free_port() -> int:
    """Below those that the system gives to clients: one that knocks in vain takes none of them."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class RedisServer:
    """Started by `with`. `options` are those of the program, without dashes."""

    def __init__(self, folder: Path, port: int = 0, watches: bool = False, **options: object):
        self.folder = folder
        self.port = port or free_port()
        self.chosen = not port
        self.options = options
        self.watches = watches
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Until it answers. A port that somebody else took first is given up for another one."""
        for _ in range(5):
            self._launch()
            if self._answers():
                return
            if self.chosen:
                self.port = free_port()
        raise RuntimeError("redis-server does not start")

    def _launch(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        given = {"port": self.port, "bind": "127.0.0.1", **self.options}
        if "cluster_enabled" in given:  # else 10000 above: among the ports that clients get
            given["cluster_port"] = free_port()
        if not self.watches:
            given = {"save": "", "appendonly": "no", **given}
        lines = [
            f"{name.replace('_', '-')} {value or chr(34) * 2}" for name, value in given.items()
        ]
        conf = self.folder / f"{self.port}.conf"
        conf.write_text("\n".join([*lines, f"dir {self.folder}", ""]))
        command = [PROGRAM or "redis-server", str(conf), *["--sentinel"] * self.watches]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        """Wait until this process does; False if it ends. An answer is what it says to PING."""
        for _ in range(3000):
            if self.process is None or self.process.poll() is not None:
                return False
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 5) as talk,
            ):
                talk.sendall(b"PING\r\n")
                if talk.recv(64)[:1] in (b"+", b"-"):
                    return self.process.poll() is None
            time.sleep(0.02)
        return False
