"""Starts both servers on free ports, asks them, and stops them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from thumborlike.batch.answers import Answer

from .cases import COMMON, CONFIGURATIONS, Case

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "tests" / "pictures"
VERSION = "7.8.0"
START_SECONDS = 30
ANSWER_SECONDS = 60
DYING_SECONDS = 2


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


class Server:
    """A running one. It is started again if it dies: some pictures kill Thumbor 7.8."""

    def __init__(self, side: Side, configuration: str, folder: Path) -> None:
        conf = folder / f"{side.name}-{configuration}.conf"
        files = folder / f"{side.name}-files"
        conf.write_text(conf_text(configuration, files, side.extra), encoding="utf-8")
        self.port = _free_port()
        self._folder = folder
        self._log = folder / f"{side.name}-{configuration}.log"
        where = ["-p", str(self.port), "-i", "127.0.0.1", "-l", "error"]
        self._command = [*side.command, "-c", str(conf), *where]
        self._process = self._started()

    def ask(self, case: Case) -> Answer:
        """The answer; a server that gave none is waited for, and replaced if it is dead."""
        answer = ask(self.port, case)
        if answer.status == 0:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(DYING_SECONDS)
        if self._process.poll() is not None:
            self._process = self._started()
        return answer

    def stop(self) -> None:
        """End the process and wait for that."""
        _stop(self._process)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            process = subprocess.Popen(
                self._command, stdout=output, stderr=subprocess.STDOUT, cwd=self._folder
            )
        try:
            _await_health(self.port, process, self._log)
        except RuntimeError:
            _stop(process)
            raise
        return process


@contextmanager
def running(side: Side, configuration: str, folder: Path) -> Iterator[Server]:
    """A server with that configuration; stopped at the end."""
    server = Server(side, configuration, folder)
    try:
        yield server
    finally:
        server.stop()


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
