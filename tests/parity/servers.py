"""Starts both servers on free ports, asks them, and stops them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .cases import COMMON, CONFIGURATIONS, Case

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "tests" / "pictures"
VERSION = "7.8.0"
START_SECONDS = 30
ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. Header names are lower case; status 0: no answer at all."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def type(self) -> str:
        """The media type as sent."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two servers: how it is started, and keys that only it is given."""

    name: str
    command: tuple[str, ...]
    extra: Mapping[str, object]


def thumbor() -> Side:
    """The real one, in a venv of its own, which is made if it is missing."""
    chosen = os.environ.get("THUMBOR_PYTHON")
    python = Path(chosen).absolute() if chosen else ROOT / ".venv-thumbor" / "bin" / "python"
    if not python.exists():
        venv = python.parent.parent
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"thumbor=={VERSION}"], check=True)
    return Side("thumbor", (str(python), "-m", "thumbor.server"), {})


def ours() -> Side:
    """The server of this repository, from the running interpreter, answering as Thumbor."""
    command = (
        sys.executable,
        "-c",
        "import sys; from thumborlike.cli import main; sys.exit(main())",
    )
    return Side("thumborlike", command, {"THUMBOR_QUIRKS": True})


@contextmanager
def running(side: Side, configuration: str, folder: Path) -> Iterator[int]:
    """The port of a server with that configuration; stopped at the end."""
    port = _free_port()
    conf = folder / f"{side.name}-{configuration}.conf"
    conf.write_text(
        conf_text(configuration, folder / f"{side.name}-files", side.extra), encoding="utf-8"
    )
    log = folder / f"{side.name}-{configuration}.log"
    command = [*side.command, "-c", str(conf), "-p", str(port), "-i", "127.0.0.1", "-l", "error"]
    with ExitStack() as stack:
        output = stack.enter_context(log.open("wb"))
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        stack.callback(_stop, process)
        _await_health(port, process, log)
        yield port


def conf_text(configuration: str, folder: Path, extra: Mapping[str, object]) -> str:
    """A thumbor.conf that either server reads."""
    keys: dict[str, object] = {
        **COMMON,
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "FILE_STORAGE_ROOT_PATH": str(folder / "storage"),
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(folder / configuration),
        **CONFIGURATIONS[configuration],
        **extra,
    }
    return "".join(f"{key} = {value!r}\n" for key, value in keys.items())


def ask(port: int, case: Case) -> Answer:
    """The last answer of a case."""
    answer = Answer(0, {}, b"")
    for number in range(case.repeat):
        headers = dict(case.headers)
        if case.revalidate and number + 1 == case.repeat and "etag" in answer.headers:
            headers["If-None-Match"] = answer.headers["etag"]
        if number and case.configuration == "results":
            time.sleep(0.1)  # Thumbor 7.8 stores a result after it has answered
        answer = _send(port, case, headers)
    return answer


def _send(port: int, case: Case, headers: Mapping[str, str]) -> Answer:
    """As bytes, because http.client refuses the paths that matter here."""
    lines = [f"{case.method} {case.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    if case.method in ("POST", "PUT", "DELETE"):
        lines.append("Content-Length: 0")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode("latin-1")
    try:
        with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection, method=case.method)
            response.begin()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, {"error": repr(error)}, b"")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_health(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _send(port, Case("/healthcheck"), {}).status:
            return
        time.sleep(0.1)
    raise RuntimeError(f"no answer after the start:\n{log.read_text(errors='replace')[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
