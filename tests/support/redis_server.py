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
        self.options = options
        self.watches = watches
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        given = {"port": self.port, "bind": "127.0.0.1", **self.options}
        if not self.watches:
            given = {"save": "", "appendonly": "no", **given}
        lines = [
            f"{name.replace('_', '-')} {value or chr(34) * 2}" for name, value in given.items()
        ]
        conf = self.folder / f"{self.port}.conf"
        conf.write_text("\n".join([*lines, f"dir {self.folder}", ""]))
        command = [PROGRAM or "redis-server", str(conf), *["--sentinel"] * self.watches]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self._wait()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _wait(self) -> None:
        port = int(str(self.options.get("tls_port", self.port)))
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("redis-server does not start")
