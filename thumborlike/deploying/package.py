"""The function's package: wheels and our own modules, trimmed, compiled, packed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..records import dataclass
from ..version import VERSION
from .archive import Archive, pack
from .contents import ours, wanted
from .errors import DeployError
from .libraries import loaded_alone
from .target import Target
from .wheels import download, requirements

OUTSIDE = ("loaders", "storages", "filters")
"""Packages of ours whose folders may lie elsewhere, in a checkout."""

ARRAYS = ".npz"
"""Weights, which only numpy reads."""

INSIDE_LAMBDA = "/var/task"
LARGEST = 250 * 1024 * 1024
"""What Lambda takes, unpacked."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a package is made of. `added`: files of the user's own, put beside the packages."""

    target: Target
    extras: tuple[str, ...] = ()
    constraints: Path | None = None
    added: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A package, what it was made of, and whether its modules are compiled."""

    archive: Archive
    wheels: tuple[str, ...]
    compiled: bool


def build(recipe: Recipe, folder: Path, say: Say = lambda _: None) -> Package:
    """Make the package in a folder. Raises `DeployError`; the same input gives the same bytes."""
    with tempfile.TemporaryDirectory(prefix="thumborlike-lambda-") as made:
        fetched, staged = Path(made, "wheels"), Path(made, "package")
        fetched.mkdir()
        say(f"fetching wheels for {recipe.target.architecture}, Python {recipe.target.python}")
        wheels = download(requirements(recipe.extras), recipe.target, fetched, recipe.constraints)
        return assemble(recipe, wheels, staged, folder, say)


def assemble(
    recipe: Recipe, wheels: Iterable[Path], staged: Path, folder: Path, say: Say
) -> Package:
    """Make the package of wheels that are there; `staged` is a folder for it to work in."""
    wheels = list(wheels)
    for each in wheels:
        _unpack(each, staged)
    _copy_ours(staged)
    _add(recipe.added, staged)
    _strip(staged)
    compiled = _compile(staged, recipe.target, say)
    name = f"thumborlike-{VERSION}-{recipe.target.architecture}.zip"
    say(f"packing {name}")
    archive = pack(staged, folder / name)
    if archive.unpacked > LARGEST:
        raise DeployError(f"{archive.unpacked >> 20} MB unpacked: Lambda takes {LARGEST >> 20} MB")
    return Package(archive, tuple(each.name for each in wheels), compiled)


def _unpack(wheel: Path, staged: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        for name in opened.namelist():
            if wanted(name) and not name.endswith("/"):
                opened.extract(name, staged)


def _copy_ours(staged: Path) -> None:
    arrays = (staged / "numpy").is_dir()
    for package in ("", *OUTSIDE):
        root = _folder_of(".".join(filter(None, ("thumborlike", package))))
        for path in root.rglob("*"):
            name = "/".join(filter(None, (package, path.relative_to(root).as_posix())))
            if path.is_file() and ours(name) and (arrays or path.suffix != ARRAYS):
                to = staged / "thumborlike" / name
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)


def _folder_of(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if not found or not found.submodule_search_locations:
        raise DeployError(f"{package} is not installed here")
    return Path(next(iter(found.submodule_search_locations)))


def _add(files: Sequence[Path], staged: Path) -> None:
    for path in files:
        if not path.is_file():
            raise DeployError(f"there is no file {path}")
        shutil.copyfile(path, staged / path.name)


def _strip(staged: Path) -> None:
    for path in staged.rglob("*.so*"):
        path.write_bytes(loaded_alone(path.read_bytes()))


def _compile(staged: Path, target: Target, say: Say) -> bool:
    """Put compiled modules in the place of sources; False if there is no such Python here."""
    python = python_of(target.python)
    if python is None:
        say(f"no python{target.python} here: modules stay sources, cold starts take longer")
        return False
    say("compiling modules")
    program = Path(__file__).with_name("compiling.py")
    done = subprocess.run(  # noqa: S603
        [python, "-I", str(program), str(staged), INSIDE_LAMBDA],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise DeployError(f"modules do not compile: {done.stderr.strip()[-300:]}")
    return True


def python_of(version: str) -> str | None:
    """An interpreter of this version (as `3.13`), None if there is none that runs."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    for folder in os.get_exec_path():
        path = shutil.which(f"python{version}", path=folder)
        if path and _runs(path):
            return path
    return None


def _runs(python: str) -> bool:
    """Not every file of that name is an interpreter: version managers leave placeholders."""
    return not subprocess.run([python, "-I", "-c", ""], capture_output=True, check=False).returncode  # noqa: S603
