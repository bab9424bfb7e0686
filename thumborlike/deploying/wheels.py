"""The wheels that a function needs, from the registry that pip is set up for. Nothing is built."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import requires
from pathlib import Path

from .errors import DeployError
from .target import Target

LEFT_OUT = ("tqdm",)
"""Requirements that only the command line has."""

PATIENCE = 600
_EXTRA = re.compile(r"""\s*(?:and\s*)?extra\s*==\s*["']([^"']+)["']""")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def requirements(extras: Sequence[str], declared: Iterable[str] | None = None) -> list[str]:
    """The package's own requirements, with those of `extras`; markers other than `extra` are kept.

    `declared`: as package metadata has them, None for our own. Raises `DeployError` for an extra
    that does not exist.
    """
    lines = list(declared if declared is not None else requires("thumborlike") or ())
    known = {each for line in lines for each in _EXTRA.findall(line)}
    if unknown := sorted(set(extras) - known):
        raise DeployError(f"no such extra: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    chosen = [line for line in lines if set(_EXTRA.findall(line)) <= set(extras)]
    return [_without_extra(line) for line in chosen if _name(line) not in LEFT_OUT]


def download(
    lines: Sequence[str], target: Target, folder: Path, constraints: Path | None = None
) -> list[Path]:
    """Fetch the wheels of these requirements and of what they require, for the target.

    Raises `DeployError` if pip cannot.
    """
    wanted = [line.partition(";")[0].strip() for line in lines if _applies(line, target)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
               "--no-input", "--only-binary=:all:", "--implementation", "cp",
               "--python-version", target.python, "--dest", str(folder)]  # fmt: skip
    for each in target.platforms:
        command += ["--platform", each]
    if constraints:
        command += ["--constraint", str(constraints)]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *wanted], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DeployError(f"pip has not ended after {PATIENCE} s") from error
    if done.returncode:
        raise DeployError(f"pip finds no wheels for {target.machine}: {_last(done.stderr)}")
    return sorted(folder.glob("*.whl"))


def _applies(line: str, target: Target) -> bool:
    """Whether a requirement is one of the target's, not of the machine that this runs on."""
    marker = line.partition(";")[2].strip()
    if not marker:
        return True
    from packaging.markers import Marker  # noqa: PLC0415

    return bool(Marker(marker).evaluate(dict(target.environment)))


def _without_extra(line: str) -> str:
    plain, _, marker = line.partition(";")
    rest = _EXTRA.sub("", marker).strip()
    rest = re.sub(r"^\((.*)\)$", r"\1", rest)
    return f"{plain.strip()}; {rest}" if rest else plain.strip()


def _name(line: str) -> str:
    found = _NAME.match(line)
    return found.group().lower() if found else ""


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
