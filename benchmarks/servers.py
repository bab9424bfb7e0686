"""The contenders: how each is started, made ready and stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from .load import LoadError, fetch
from .measure import tree

ROOT = Path(__file__).resolve().parents[1]
THUMBOR_VERSION = "7.8.0"
START_SECONDS = 30
OURS, OURS_PROCESSES = "ours", "ours, processes"
THUMBOR_PROCESSES, THUMBOR_THREADS = "Thumbor, processes", "Thumbor, threads"
THUMBORS = (THUMBOR_PROCESSES, THUMBOR_THREADS)
OUR_WAYS = (OURS, OURS_PROCESSES)
PIPELINE = "pipeline"
WAYS = {
    OURS: "threads",
    OURS_PROCESSES: "processes",
    THUMBOR_PROCESSES: "processes",
    THUMBOR_THREADS: "threads",
}
"""How each contender uses all cores, in a word."""
_ENTRY = "import sys; from thumborlike.cli import main; sys.exit(main())"
_VERSIONS = """
import json, platform, sys
from importlib.metadata import version
wanted = {"thumbor": "Thumbor", "pillow": "Pillow", "tornado": "Tornado"}
found = {"Python": platform.python_version()}
for name, title in wanted.items():
    if name != "thumbor" or "--thumbor" in sys.argv:
        found[title] = version(name)
print(json.dumps(found))
"""


class ServerError(Exception):
    """A contender could not be started."""


@dataclass(frozen=True, slots=True)
class Server:
    """One contender with a socket. `keys`: the configuration that only it is given."""

    name: str
    command: tuple[str, ...]
    keys: Mapping[str, object] = field(default_factory=dict)


def contenders(thumbor: Path, cores: int) -> tuple[Server, ...]:
    """Ours and Thumbor, each in its two ways to use all cores."""
    ours = (sys.executable, "-c", _ENTRY)
    theirs = (str(thumbor), "-m", "thumbor.server")
    return (
        Server(OURS, ours, {"WORKERS": cores}),
        Server(THUMBOR_PROCESSES, (*theirs, "--processes", str(cores))),
        Server(THUMBOR_THREADS, theirs, {"ENGINE_THREADPOOL_SIZE": cores}),
        Server(OURS_PROCESSES, (*ours, "--processes", str(cores)), {"WORKERS": 1}),
    )


def conf_text(keys: Mapping[str, object]) -> str:
    """A thumbor.conf."""
    return "".join(f"{key} = {value!r}\n" for key, value in keys.items())


def from_files(pictures: Path) -> dict[str, object]:
    """Sources from a folder; nothing is kept, so that each request is rendered."""
    return {
        "LOADER": "thumbor.loaders.file_loader",
        "FILE_LOADER_ROOT_PATH": str(pictures),
        "STORAGE": "thumbor.storages.no_storage",
        "ALLOW_UNSAFE_URL": True,
    }


def from_origin(folder: Path, name: str) -> dict[str, object]:
    """Sources by HTTP from this machine, kept as files, which is the default of both."""
    keys: dict[str, object] = {
        "LOADER": "thumbor.loaders.http_loader",
        "STORAGE": "thumbor.storages.file_storage",
        "FILE_STORAGE_ROOT_PATH": str(folder),
        "ALLOW_UNSAFE_URL": True,
    }
    if name.startswith(OURS):
        keys["HTTP_LOADER_ALLOWED_NETWORKS"] = ["127.0.0.0/8"]
    return keys


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    name: str
    port: int
    pid: int


@contextmanager
def running(server: Server, keys: Mapping[str, object], folder: Path) -> Iterator[Running]:
    """The server on a free port of this machine; it and its children end with the block."""
    stem = "".join(letter if letter.isalnum() else "-" for letter in server.name)
    conf, log = folder / f"{stem}.conf", folder / f"{stem}.log"
    conf.write_text(conf_text({**keys, **server.keys}), encoding="utf-8")
    port = free_port()
    flags = ("-c", str(conf), "-p", str(port), "-i", "127.0.0.1", "-l", "error")
    with log.open("wb") as output:
        process = subprocess.Popen(
            (*server.command, *flags), stdout=output, stderr=subprocess.STDOUT, cwd=folder
        )
        try:
            _await_health(server.name, port, process, log)
            yield Running(server.name, port, process.pid)
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


def thumbor_python() -> Path:
    """The Python of a venv with the real Thumbor, made if it is missing. `ServerError`."""
    named = os.environ.get("THUMBOR_PYTHON")
    python = Path(named).absolute() if named else ROOT / ".venv-thumbor" / "bin" / "python"
    if not python.exists():
        if named:
            raise ServerError(f"THUMBOR_PYTHON: there is no {named}")
        _make_venv(python)
    found = versions(python, "--thumbor").get("Thumbor")
    if found != THUMBOR_VERSION:
        raise ServerError(f"{python} has Thumbor {found}, wanted is {THUMBOR_VERSION}")
    return python


def versions(python: Path, *flags: str) -> dict[str, str]:
    """Name -> version of what that Python would serve with. `ServerError`."""
    command = (str(python), "-c", _VERSIONS, *flags)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"{python} does not have what is needed:\n{done.stderr[-500:]}")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _make_venv(python: Path) -> None:
    print(f"making {python.parent.parent.name} with Thumbor {THUMBOR_VERSION}", file=sys.stderr)
    package = f"thumbor=={THUMBOR_VERSION}"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", package], check=True)
    except subprocess.CalledProcessError as error:
        raise ServerError(f"{package} could not be installed") from error


def _answers(port: int) -> bool:
    try:
        fetch(port, "/healthcheck", 1)
    except LoadError:
        return False
    return True


def _await_health(name: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _answers(port):
            return
        time.sleep(0.1)
    raise ServerError(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
