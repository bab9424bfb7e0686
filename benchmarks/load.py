"""The clients: wrk where there is one, else threads of our own. Both send a given number."""

from __future__ import annotations

import http.client
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from .measure import Load

SCRIPT = Path(__file__).with_name("load.lua")
PATIENCE = 60
"""Seconds that a round may take."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; `headers` as pairs of name and value."""

    path: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> str:
        """As `load.lua` reads it."""
        return "\t".join((self.path, *(f"{name}: {value}" for name, value in self.headers)))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent: the asks in turn, and the status that each answer must have."""

    asks: tuple[Ask, ...]
    requests: int
    connections: int
    status: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LoadError(Exception):
    """The round did not end as it should."""


def have_wrk() -> bool:
    """Whether wrk is on the PATH."""
    return shutil.which("wrk") is not None


def send(port: int, plan: Plan) -> Load:
    """Send it all, at most `connections` at a time. Raises `LoadError`."""
    return _send_with_wrk(port, plan) if have_wrk() else _send_with_threads(port, plan)


@contextmanager
def kept_busy(port: int, plan: Plan) -> Iterator[None]:
    """Send until the block ends; `plan.requests` should be more than can be answered."""
    if have_wrk():
        with _wrk(port, plan):
            yield
        return
    halt = threading.Event()
    sender = threading.Thread(target=_send_with_threads, args=(port, plan, halt))
    sender.start()
    try:
        yield
    finally:
        halt.set()
        sender.join()


def parse_summary(text: str) -> Load:
    """What `load.lua` prints at the end. Raises `LoadError` if it is not there."""
    words = [line.split() for line in text.splitlines()]
    latencies = [(int(w[1]) / 1000, int(w[2])) for w in words if w[:1] == ["latency"]]
    wrong = sum(int(w[1]) for w in words if w[:1] == ["wrong"])
    took = [int(w[1]) for w in words if w[:1] == ["took"]]
    for word in words:
        if word[:1] == ["summary"]:
            requests, microseconds, failed, size = map(int, word[1:])
            seconds = (took or [microseconds])[0] / 1e6
            return Load(requests, seconds, failed + wrong, size, latencies)
    raise LoadError(f"wrk said nothing that can be read:\n{text[-500:]}")


def _send_with_wrk(port: int, plan: Plan) -> Load:
    with _wrk(port, plan) as process:
        assert process.stdout
        watch = threading.Timer(PATIENCE, process.send_signal, [signal.SIGINT])
        watch.start()
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line == "finished\n":
                    process.send_signal(signal.SIGINT)
        finally:
            watch.cancel()
    return _checked(parse_summary("".join(lines)), plan)


@contextmanager
def _wrk(port: int, plan: Plan) -> Iterator[subprocess.Popen[str]]:
    flags = ["-t", "1", "-c", str(plan.connections), "-d", "3600s", "--timeout", f"{PATIENCE}s"]
    with NamedTemporaryFile("w", suffix=".paths", encoding="utf-8") as paths:
        paths.writelines(f"{ask.line}\n" for ask in plan.asks)
        paths.flush()
        arguments = [paths.name, str(plan.requests), str(plan.status)]
        url = f"http://127.0.0.1:{port}"
        command = ["wrk", *flags, "-s", str(SCRIPT), url, "--", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _send_with_threads(port: int, plan: Plan, halt: threading.Event | None = None) -> Load:
    numbers = iter(range(plan.requests))
    lock = threading.Lock()
    latencies: list[tuple[float, int]] = []
    sizes: list[int] = []

    def take() -> int | None:
        with lock:
            return None if halt and halt.is_set() else next(numbers, None)

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        while (number := take()) is not None:
            ask = plan.asks[number % len(plan.asks)]
            started = time.perf_counter()
            try:
                connection.request("GET", ask.path, headers=dict(ask.headers))
                answer = connection.getresponse()
                size = len(answer.read())
            except (OSError, http.client.HTTPException):
                connection.close()
                continue
            if answer.status == plan.status:
                latencies.append(((time.perf_counter() - started) * 1000, 1))
                sizes.append(size)
        connection.close()

    clients = [threading.Thread(target=client) for _ in range(plan.connections)]
    started = time.perf_counter()
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    seconds = time.perf_counter() - started
    done = len(sizes)
    load = Load(done, seconds, plan.requests - done, sum(sizes), latencies)
    return load if halt else _checked(load, plan)


def _checked(load: Load, plan: Plan) -> Load:
    if load.requests != plan.requests or load.failed:
        raise LoadError(
            f"{load.requests} of {plan.requests} requests answered, {load.failed} failed"
        )
    return load


def fetch(port: int, ask: Ask | str, seconds: float = PATIENCE) -> Answer:
    """One request on a connection of its own. Raises `LoadError`."""
    ask = Ask(ask) if isinstance(ask, str) else ask
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", ask.path, headers=dict(ask.headers))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read())
    except (OSError, http.client.HTTPException) as error:
        raise LoadError(f"{ask.path}: {error!r}") from error
    finally:
        connection.close()
