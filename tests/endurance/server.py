"""A server in a process of its own, seen from outside: what it takes, and its descendants."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PICTURES = Path(__file__).parents[1] / "pictures"
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Taken:
    """What a tree of processes takes: bytes (each page of each process), files, threads."""

    memory: int
    files: int
    threads: int
    processes: int


def descendants(pid: int) -> list[int]:
    """All processes below one, that one not included."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    own = [int(each) for each in children]
    return [*own, *(below for each in own for below in descendants(each))]


def memory_of(pid: int) -> int:
    """Its share of the pages it has (PSS), so that forked processes count once; else RSS."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, ValueError):
        return 0


def taken(pid: int) -> Taken:
    """By a process and all below it."""
    tree = [pid, *descendants(pid)]
    files = threads = 0
    for each in tree:
        with contextlib.suppress(OSError):
            files += sum(1 for _ in Path(f"/proc/{each}/fd").iterdir())
            threads += sum(1 for _ in Path(f"/proc/{each}/task").iterdir())
    return Taken(sum(map(memory_of, tree)), files, threads, len(tree))


@dataclass(frozen=True)
class Server:
    """A running one."""

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
        process = subprocess.Popen([*line, "-c", str(conf), *flags], stderr=log, stdout=log)
    try:
        _wait_for(port, process)
        yield Server(process.pid, port)
        below = descendants(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    end = time.monotonic() + 3
    while (left := [each for each in below if _runs(each)]) and time.monotonic() < end:
        time.sleep(0.05)
    if status or left:
        raise AssertionError(f"ended with {status}; processes that were left: {left}")


def _runs(pid: int) -> bool:
    """Whether it is there, and not only its exit status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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
