"""The work of a request without a server: what the machine could do at most.

It runs in a process of its own (`bare`), so that it is measured like a server.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .installed import ROOT
from .measure import Load


class Bare:
    """The pipeline's process, seen from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def run(self, requests: int, path: str, picture: Path) -> Load:
        """Make the picture of that path so many times, in all threads at once."""
        assert self._process.stdin
        assert self._process.stdout
        order = json.dumps({"requests": requests, "path": path, "picture": str(picture)})
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or "{}")
        if not answer:
            raise RuntimeError("the pipeline has ended")
        latencies = [(each, 1) for each in answer["latencies"]]
        return Load(requests, answer["seconds"], 0, answer["bytes"], latencies)


@contextmanager
def bare(threads: int) -> Iterator[Bare]:
    """The pipeline in so many threads; it ends with the block."""
    command = (sys.executable, "-m", f"{__package__}.bare", str(threads))
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield Bare(process)
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
