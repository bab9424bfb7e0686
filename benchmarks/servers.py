"""How a server is started, awaited, looked at and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from .dialects import Dialect
from .load import LoadError, fetch
from .measure import tree

START_SECONDS = 30


class ServerError(Exception):
    """A contender could not be started."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server runs: `pictures` to read, an empty folder of its own, a free port."""

    pictures: Path
    folder: Path
    port: int


@dataclass(frozen=True, slots=True)
class Launch:
    """A command and what is added to its environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """One contender. `launch` gets a setup of `rows` and the place; `health` answers when up.

    `keeps`: whether it can store what it made.
    """

    name: str
    dialect: Dialect
    launch: Callable[[str, Place], Launch]
    health: str = "/healthcheck"
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    server: Server
    port: int
    pid: int

    @property
    def name(self) -> str:
        """Of the contender."""
        return self.server.name


@contextmanager
def running(server: Server, setup: str, work: Path, pause: float = 0.05) -> Iterator[Running]:
    """The server on a free port of this machine; it and its children end with the block.

    `work` holds the folder `pictures`, and gets the logs. Whether it answers is tried every
    `pause` seconds. Raises `ServerError`.
    """
    log = work / f"{''.join(letter if letter.isalnum() else '-' for letter in server.name)}.log"
    with TemporaryDirectory(dir=work) as folder, log.open("wb") as output:
        place = Place(work / "pictures", Path(folder), free_port())
        launch = server.launch(setup, place)
        process = subprocess.Popen(
            launch.command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=_environment(launch),
        )
        try:
            _await_health(server, place.port, process, log, pause)
            yield Running(server, place.port, process.pid)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children. Thumbor 7.8 leaves its own running when it is stopped."""
    family = [stat.pid for stat in tree(process.pid)]
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in family[1:]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(server: Server, port: int) -> bool:
    """Whether it says that it is well."""
    try:
        return fetch(port, server.health, 1).status == 200
    except LoadError:
        return False


def _await_health(
    server: Server, port: int, process: subprocess.Popen[bytes], log: Path, pause: float
) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if answers(server, port):
            return
        time.sleep(pause)
    told = log.read_text(errors="replace")[-2000:]
    raise ServerError(f"{server.name} did not start:\n{told}")


def _environment(launch: Launch) -> dict[str, str]:
    """What a server sees. Compiled modules may be kept: an installed server has them, too."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, **launch.environment}
