"""Does what was built work where it is installed? In a venv of its own for each Python."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from .building import Built

AT_ONCE = 2
STARTING, ENDING, INSTALLING = 60.0, 30.0, 300.0
"""Seconds until something is given up."""

SIGNS = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG", "webp": b"RIFF"}


class Failed(Exception):
    """With what failed, in one line or more."""


def smoke_all(pythons: dict[str, str], built: Built) -> list[str]:
    """A line for each Python that fails; says what passed. `pythons`: version to path."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = {name: pool.submit(_told, name, path, built) for name, path in pythons.items()}
    return [line for each in tried.values() for line in each.result()]


def _told(name: str, python: str, built: Built) -> list[str]:
    begun = time.monotonic()
    try:
        smoke(python, built)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        return [f"Python {name}: {error}"]
    print(f"Python {name}: wheel and sdist work ({time.monotonic() - begun:.0f} s)")
    return []


def smoke(python: str, built: Built) -> None:
    """Install the wheel and try it, then build the sdist in its place and try that."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(python, "-m", "venv", "--without-pip", str(folder / "venv"))
        installed = folder / "venv/bin"
        _install(installed, built.wheel)
        try_out(installed, folder)
        _install(installed, built.sdist, "--force-reinstall", "--no-deps")
        try_out(installed, folder)


def try_out(installed: Path, folder: Path) -> None:
    """The commands of an installation: `doctor`, and `serve` with pictures and a page."""
    run(*_pip(installed), "check")
    run(str(installed / "thumborlike"), "doctor", cwd=folder)
    with serving(installed, folder) as url:
        _look(url)


@contextmanager
def serving(installed: Path, folder: Path) -> Iterator[str]:
    """The server with its sample pictures at a free port; ended well, or `Failed` is raised."""
    log = folder / "log"
    with log.open("w+") as written:
        process = subprocess.Popen(
            [str(installed / "thumborlike"), "serve", "--demo", "-p", "0"],
            stdout=written, stderr=subprocess.STDOUT, cwd=folder, env=_environment(),
        )  # fmt: skip
        try:
            yield _address(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(ENDING)
    if status:
        raise Failed(f"the server ended with {status}: {log.read_text()}")


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + STARTING
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found[0]
        time.sleep(0.1)
    raise Failed(f"the server did not start: {log.read_text()}")


def _look(url: str) -> None:
    for kind, sign in SIGNS.items():
        path = f"/unsafe/120x80/smart/filters:blur(2):format({kind})/lighthouse.jpg"
        if not _read(url + path).startswith(sign):
            raise Failed(f"{path} is no {kind}")
    if b"<html" not in _read(f"{url}/playground").lower():
        raise Failed("the playground is no page")
    if _read(f"{url}/healthcheck") != b"WORKING":
        raise Failed("the health check fails")


def _read(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return bytes(answer.read())
    except OSError as error:
        raise Failed(f"{url}: {error}") from error


def _install(installed: Path, package: Path, *flags: str) -> None:
    run(*_pip(installed), "install", "--quiet", "--prefer-binary", *flags, str(package))


def _pip(installed: Path) -> tuple[str, ...]:
    """One pip for all, as making one in each venv takes longest of all."""
    ours = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    return (*ours, "--python", str(installed / "python"))


def run(*command: str, cwd: Path | None = None) -> None:
    """Raises `Failed` with what the command wrote."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd,
        timeout=INSTALLING, env=_environment(),
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stdout}{done.stderr}".strip())


def _environment() -> dict[str, str]:
    """Nothing of this checkout is to be found by the installed one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
