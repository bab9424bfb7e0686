"""A worker process: takes one call after another, until the server closes the line."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterable

from ..bench import Bench, new_bench
from ..errors import ThumborlikeError, TooManyPixels
from ..memory import keep_freed
from ..priority import step_back
from . import calls, files, limits
from .messages import GREETING, REQUEST, Reply, read_request, write_reply
from .passage import Passage
from .setup import Setup

SHORTEST_SWEEP = 0.5
LATE = 2.0
"""Seconds past the deadline after which a worker ends itself."""

TOO_LARGE = "the picture needs more memory than a worker may take"


def work(line: socket.socket, passage: Passage, setup: Setup) -> None:
    """Be a worker, until the line is closed."""
    _settle(setup)
    bench = new_bench(setup.kept_bytes, setup.kept_seconds, setup.optimizers, setup.detectors)
    line.sendall(GREETING.pack(os.getpid()))
    pause = max(setup.kept_seconds, SHORTEST_SWEEP)
    while request := _next_request(line, bench, pause):
        size, count = REQUEST.unpack(request)
        if not count:
            bench.forget()
            continue
        limits.end_after(setup.deadline and setup.deadline + LATE)
        reply = _done(passage, size, count, bench)
        limits.end_after(0)
        line.sendall(_written(passage, reply))
        if reply.spent:
            return


def _settle(setup: Setup) -> None:
    """Take only what is a worker's share. No picture has been seen yet."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    step_back()
    keep_freed()
    limits.limit(setup.memory_limit)
    if setup.confined:
        files.confine(_access(setup))
        calls.refuse_calls(programs=setup.programs)


def _access(setup: Setup) -> files.Access:
    modules = files.module_paths(sys.path)
    read = (*modules, *setup.readable, f"/proc/{os.getpid()}")
    if not setup.programs:
        return files.Access(read)
    import tempfile  # noqa: PLC0415  (only for programs)

    folders = tuple(filter(None, os.environ.get("PATH", "").split(os.pathsep)))
    return files.Access(read, (*files.SYSTEM, *folders, *setup.readable), (tempfile.gettempdir(),))


def _next_request(line: socket.socket, bench: Bench, pause: float) -> bytes:
    """The head of the next request; empty when the line is closed. Sweeps the bench meanwhile."""
    try:
        while bench.kept_bytes() and not select.select([line], [], [], pause)[0]:
            bench.sweep()
        return line.recv(REQUEST.size)
    except ConnectionError:
        return b""


def _done(passage: Passage, size: int, count: int, bench: Bench) -> Reply:
    try:
        function, arguments = read_request(passage, size, count)
        value = function(bench, *arguments)
    except ThumborlikeError as error:
        return Reply(error=error, kept=bench.kept_bytes())
    except MemoryError:
        return Reply(error=TooManyPixels(TOO_LARGE), spent=True)
    except Exception:
        return Reply(unexpected=traceback.format_exc(), kept=bench.kept_bytes())
    return Reply(value, kept=bench.kept_bytes())


def _written(passage: Passage, reply: Reply) -> bytes:
    try:
        return write_reply(passage, reply)
    except (OSError, MemoryError):
        return write_reply(passage, Reply(error=TooManyPixels(TOO_LARGE), kept=reply.kept))


def leave(lines: Iterable[socket.socket]) -> None:
    """End without what a process does at its end: it is a copy of another one."""
    for each in lines:
        with contextlib.suppress(OSError):
            each.close()
    os._exit(0)
