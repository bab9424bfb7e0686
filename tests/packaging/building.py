"""Wheel and sdist, the same bytes from the same commit.

What is built is a copy of what git tracks, with plain modes: a folder that lies about, an older
`build/` or the umask changes nothing. Times are those of the last commit. setuptools honours
SOURCE_DATE_EPOCH in wheels only, so the sdist is packed again before the wheel is made of it.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple


class Built(NamedTuple):
    """Files of one version."""

    sdist: Path
    wheel: Path


def build(source: Path, target: Path, epoch: int) -> Built:
    """Both into the folder. Raises `subprocess.CalledProcessError` if a build fails."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy, made, unpacked = (Path(folder) / each for each in ("copy", "made", "unpacked"))
        shutil.copytree(source, copy)  # setuptools leaves files in what it builds
        sdist = packed_again(_made("sdist", copy, made, epoch), target, epoch)
        _unpack(sdist, unpacked)
        wheel = _made("wheel", next(unpacked.iterdir()), made, epoch)
        shutil.copyfile(wheel, target / wheel.name)
    return Built(sdist, target / wheel.name)


def commit_time(root: Path) -> int:
    """SOURCE_DATE_EPOCH if it is set, else the time of the last commit, in epoch seconds.

    Raises `subprocess.CalledProcessError` where there is no repository.
    """
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    return int(_git(root, "log", "-1", "--format=%ct"))


def copy_tracked(root: Path, target: Path) -> None:
    """What git tracks, as it is now, readable by everybody, executable where it was."""
    for name in _git(root, "ls-files", "-z").split("\0"):
        if not (root / name).is_file():
            continue
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, copy)
        copy.chmod(0o755 if os.access(root / name, os.X_OK) else 0o644)


def differing(one: Built, other: Built) -> list[str]:
    """Names of the files whose bytes are not the same."""
    pairs = zip(one, other, strict=True)
    return [a.name for a, b in pairs if a.name != b.name or a.read_bytes() != b.read_bytes()]


def _made(kind: str, source: Path, target: Path, epoch: int) -> Path:
    before = set(target.glob("*"))
    command = [sys.executable, "-m", "build", f"--{kind}", "--outdir", str(target), str(source)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, umask=0o022
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        done.check_returncode()
    return next(iter(set(target.glob("*")) - before))


def packed_again(sdist: Path, target: Path, epoch: int) -> Path:
    """The same members in order, of nobody, at one time."""
    plain = io.BytesIO()
    with tarfile.open(sdist) as old, tarfile.open(fileobj=plain, mode="w") as new:
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    made = target / sdist.name
    with made.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=epoch) as packed:
        packed.write(plain.getvalue())
    return made


def _unpack(sdist: Path, target: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(target, filter="data")


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
