"""Zip files whose bytes depend on nothing but what is in them."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from ..records import dataclass

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date of all files: a zip file knows no earlier one."""

UNIX = 3
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file. Sizes in bytes; `unpacked` counts contents alone."""

    path: Path
    packed: int
    unpacked: int
    files: int
    sha256: str


def pack(folder: Path, path: Path) -> Archive:
    """Pack all files below a folder, by name, without dates or owners."""
    names = sorted(
        each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()
    )
    unpacked = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            body = (folder / name).read_bytes()
            unpacked += len(body)
            made.writestr(_entry(name), body, zipfile.ZIP_DEFLATED, 9)
    return Archive(path, path.stat().st_size, unpacked, len(names), digest_of(path))


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    summed = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            summed.update(piece)
    return summed.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.create_system = UNIX
    library = name.endswith(".so") or ".so." in name
    entry.external_attr = (0o100755 if library else 0o100644) << 16
    return entry
