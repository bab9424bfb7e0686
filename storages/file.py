"""Entries as files, in Thumbor's layout.

Sources, keys and focal points lie under FILE_STORAGE_ROOT_PATH, results under
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH. The methods block; the core runs them in its I/O threads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from thumborlike.errors import StorageError
from thumborlike.interfaces import Environment, Key, Kind, Stored
from thumborlike.settings.fields import setting

from . import _atomic
from ._layout import legacy_path_of, path_of

TEMPORARY = Path(tempfile.gettempdir()) / "thumbor"
PUBLIC, PRIVATE = 0o644, 0o600


@dataclass(frozen=True, slots=True)
class FileStorageSettings:
    """Where the files lie; relative folders are taken from the working directory."""

    file_storage_root_path: str = setting(
        "FILE_STORAGE_ROOT_PATH",
        str(TEMPORARY / "storage"),
        "Folder of the sources, keys and focal points that the file storage keeps.",
    )
    result_storage_file_storage_root_path: str = setting(
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH",
        str(TEMPORARY / "result_storage"),
        "Folder of the results that the file storage keeps.",
    )


SETTINGS = FileStorageSettings


class FileStorage:
    """Keeps entries below two folders, which are made when first written to."""

    def __init__(self, sources: Path, results: Path) -> None:
        self._sources = sources
        self._results = results

    def get(self, key: Key) -> Stored | None:
        """The entry, or None. Raises `StorageError`."""
        with _reporting("read"):
            found = _atomic.read(self._place(key)) or self._legacy(key)
        return Stored(*found) if found and found[0] else None

    def put(self, key: Key, body: bytes) -> None:
        """Keep the entry; key files are for the owner alone. Raises `StorageError`."""
        mode = PRIVATE if key.kind is Kind.SECURITY_KEY else PUBLIC
        with _reporting("written"):
            _atomic.write(self._place(key), body, mode)

    def delete(self, key: Key) -> None:
        """Forget the entry. Raises `StorageError`."""
        with _reporting("deleted"):
            self._place(key).unlink(missing_ok=True)

    def _place(self, key: Key) -> Path:
        return (self._results if key.kind is Kind.RESULT else self._sources) / path_of(key)

    def _legacy(self, key: Key) -> tuple[bytes, float] | None:
        """A result of an older Thumbor, read where it lies if it lies below the root."""
        path = legacy_path_of(key)
        if path is None or not (self._results / "v2").is_dir():
            return None
        place = (self._results / path).resolve()
        return _atomic.read(place) if place.is_relative_to(self._results) else None


@contextmanager
def _reporting(done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(f"the file cannot be {done}: {reason}") from error


def create(env: Environment) -> FileStorage:
    """The file storage under its two configured folders."""
    settings = env.section(FileStorageSettings)
    return FileStorage(
        _folder(settings.file_storage_root_path),
        _folder(settings.result_storage_file_storage_root_path),
    )


def _folder(root: str) -> Path:
    return Path(root).expanduser().resolve()
