"""What wheel and sdist must hold, and nothing else: both follow from what git tracks."""

from __future__ import annotations

import configparser
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from .building import Built

OF_THE_REPOSITORY = (".ci/", ".gitignore", ".github/")
"""Tracked, and of no use outside of the repository."""

GENERATED = ("PKG-INFO", "thumborlike.egg-info/")
ABOUT = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}
"""Files of the wheel's .dist-info."""


def wrong(source: Path, built: Built) -> list[str]:
    """A line for each file too few or too many. `source`: the copy of what is tracked."""
    names = {p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file()}
    return [
        *_compared("sdist", sdist_files(built.sdist), sdist_should_hold(names)),
        *_compared("wheel", wheel_files(built.wheel), wheel_should_hold(names, folders(source))),
    ]


def sdist_should_hold(names: Iterable[str]) -> set[str]:
    """All that is tracked, but for what serves the repository."""
    return {name for name in names if not name.startswith(OF_THE_REPOSITORY)}


def wheel_should_hold(names: Iterable[str], places: dict[str, str]) -> set[str]:
    """All that is tracked below the folders of packages, under the packages' names."""
    return {
        f"{package}/{name.removeprefix(folder + '/')}"
        for name in names
        for folder, package in places.items()
        if name.startswith(f"{folder}/")
    }


def folders(root: Path) -> dict[str, str]:
    """Folder to the path in the wheel: {"loaders": "thumborlike/loaders", ...}."""
    setup = configparser.ConfigParser()
    setup.read(root / "setup.cfg", encoding="utf-8")
    lines = setup["options"]["package_dir"].split("\n")
    pairs = (line.split(" = ") for line in lines if line)
    return {folder: package.replace(".", "/") for package, folder in pairs}


def sdist_files(sdist: Path) -> set[str]:
    """Names below the one folder, without those that the build made."""
    with tarfile.open(sdist) as archive:
        names = (each.name for each in archive.getmembers() if each.isfile())
        below = {name.partition("/")[2] for name in names}
    return {name for name in below if not name.startswith(GENERATED)}


def wheel_files(wheel: Path) -> set[str]:
    """Names without those about the package that every wheel has."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info/"
    return names - {about + name for name in ABOUT}


def _compared(kind: str, found: set[str], wanted: set[str]) -> list[str]:
    return [
        *(f"not in the {kind}: {name}" for name in sorted(wanted - found)),
        *(f"in the {kind}: {name}" for name in sorted(found - wanted)),
    ]
