"""Configuration files: where they are looked for, and how they are read.

Thumbor 7.8: a file is a Python program; its names in capitals are the settings. A folder stands
for its `*.conf` files in the order of their names, where later files win.
"""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..records import dataclass

FILE_NAME = "thumbor.conf"


@dataclass(frozen=True, slots=True)
class Given:
    """A value somebody set, and the place where: "file:line", or words."""

    value: Any
    place: str
    is_text: bool = False


def find() -> Path | None:
    """The first thumbor.conf in the current folder, the home folder and /etc."""
    folders = (Path.cwd(), Path.home(), Path("/etc"))
    found = (folder / FILE_NAME for folder in folders if (folder / FILE_NAME).exists())
    return next(found, None)


def read(path: Path) -> dict[str, Given]:
    """What a file, or the files of a folder, set. Raises `ConfigurationError` with the line."""
    if not path.is_dir():
        return _read_one(path)
    given: dict[str, Given] = {}
    for each in sorted(path.glob("*.conf")):
        given |= _read_one(each)
    return given


def _read_one(path: Path) -> dict[str, Given]:
    try:
        source = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        tree = ast.parse(source, str(path))
    except SyntaxError as error:
        raise ConfigurationError(f"{path}:{error.lineno or 1}: {error.msg}") from error
    except ValueError as error:  # NUL bytes
        raise ConfigurationError(f"{path}: {error}") from error
    lines = dict(_assignments(tree))
    return {
        name: Given(value, f"{path}:{lines.get(name, 1)}")
        for name, value in _run(tree, path).items()
        if name == name.upper() and not name.startswith("__")
    }


def _run(tree: ast.Module, path: Path) -> Mapping[str, Any]:
    """The names of the module after it ran; `__file__` stays unknown, as in Thumbor 7.8."""
    names: dict[str, Any] = {"__name__": "configuration"}
    try:
        exec(compile(tree, str(path), "exec"), names)  # noqa: S102  (that is the format)
    except Exception as error:  # the file may do anything, so anything may go wrong
        line = _line_in(error, path)
        raise ConfigurationError(f"{path}:{line}: {type(error).__name__}: {error}") from error
    return names


def _line_in(error: Exception, path: Path) -> int:
    """The last line of this file that the error passed."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return lines[-1] or 1 if lines else 1


def _assignments(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that is set or imported, with its line; later lines come later."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append((node.id, node.lineno))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found += [(each.asname or each.name, node.lineno) for each in node.names]
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.append((node.name, node.lineno))
    return iter(sorted(found, key=lambda pair: pair[1]))
