"""The Pythons of this machine, one for each version that is promised."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
ASK = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


class Found(NamedTuple):
    """Version to the interpreter, and a line for each version that is not there."""

    usable: dict[str, str]
    missing: list[str]


def interpreters() -> Found:
    """Looks in SMOKE_PYTHONS (paths between colons), on PATH, and where pyenv installs."""
    usable: dict[str, str] = {}
    for each in _candidates():
        version = _version(each)
        if version in VERSIONS:
            usable.setdefault(version, each)
    missing = [f"no Python {each} here" for each in VERSIONS if each not in usable]
    return Found(dict(sorted(usable.items(), key=lambda each: VERSIONS.index(each[0]))), missing)


def _candidates() -> Iterator[str]:
    yield from filter(None, os.environ.get("SMOKE_PYTHONS", "").split(":"))
    for version in VERSIONS:
        if found := shutil.which(f"python{version}"):
            yield found
    installed = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from sorted(map(str, installed.glob("3.*/bin/python")))


def _version(python: str) -> str:
    """Empty for what does not run, such as the placeholders of version managers."""
    try:
        done = subprocess.run(
            [python, "-c", ASK], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
