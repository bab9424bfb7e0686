"""Entries as files, in Thumbor's layout.

Sources, keys and focal points lie under FILE_STORAGE_ROOT_PATH, results under
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH. The methods block; the core runs them in its I/O threads.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.interfaces import Environment, Key, Kind, Stored
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from . import _atomic
from ._layout import legacy_path_of, path_of

TEMPORARY = Path(tempfile.gettempdir()) / "thumbor"
PUBLIC, PRIVATE = 0o666, 0o600
"""Modes before the umask; Thumbor 7.8 leaves key files readable for all."""


def _is_folder_name(value: str) -> None:
    if not value or "\0" in value:
        raise ValueError("must name a folder")


@dataclass(frozen=True, slots=True)
class FileStorageSettings:
    """Where the files lie; relative folders are taken from the working directory."""

    file_storage_root_path: str = setting(
        "FILE_STORAGE_ROOT_PATH",
        str(TEMPORARY / "storage"),
        "Folder of the sources, keys and focal points that the file storage keeps.",
        check=_is_folder_name,
    )
    result_storage_file_storage_root_path: str = setting(
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH",
        str(TEMPORARY / "result_storage"),
        "Folder of the results that the file storage keeps.",
        check=_is_folder_name,
    )


SETTINGS = FileStorageSettings


class FileStorage:
    """Keeps entries below two resolved folders, which are made when first written to.

    A source of more than `max_source_size` bytes counts as missing; 0 for no limit.
    """

    def __init__(self, sources: Path, results: Path, max_source_size: int = 0) -> None:
        self._sources = str(sources)  # texts, because building paths costs more than reading
        self._results = str(results)
        self._max_source_size = max_source_size

    def get(self, key: Key) -> Stored | None:
        """The entry, or None. Raises `StorageError`."""
        limit = self._max_source_size if key.kind is Kind.SOURCE else 0
        with _reporting("read"):
            found = _atomic.read(self._place(key), limit) or self._read_legacy(key)
        return Stored(*found) if found and found[0] else None

    def put(self, key: Key, body: bytes) -> None:
        """Keep the entry; key files are for the owner alone. Raises `StorageError`."""
        mode = PRIVATE if key.kind is Kind.SECURITY_KEY else PUBLIC
        with _reporting("written"):
            _atomic.write(Path(self._place(key)), body, mode)

    def delete(self, key: Key) -> None:
        """Forget the entry, also where an older Thumbor left it. Raises `StorageError`."""
        with _reporting("deleted"):
            for place in (self._place(key), self._legacy_place(key)):
                if place:
                    _atomic.remove(Path(place))

    def _place(self, key: Key) -> str:
        root = self._results if key.kind is Kind.RESULT else self._sources
        place = _inside(root, path_of(key))
        if place is None:
            raise StorageError("a link leads out of the storage's folder")
        return place

    def _legacy_place(self, key: Key) -> str | None:
        path = legacy_path_of(key)
        if path is None or not os.path.isdir(f"{self._results}/v2"):  # noqa: PTH112
            return None
        return _inside(self._results, path)

    def _read_legacy(self, key: Key) -> tuple[bytes, float] | None:
        """A result of an older Thumbor. It stays where it lies; Thumbor 7.8 moves it."""
        place = self._legacy_place(key)
        return _atomic.read(place) if place else None


def create(env: Environment) -> FileStorage:
    """The file storage under its two configured folders. Raises `ConfigurationError`."""
    settings = env.section(SETTINGS)
    return FileStorage(
        _folder(settings.file_storage_root_path),
        _folder(settings.result_storage_file_storage_root_path),
        env.max_source_size,
    )


def _inside(root: str, path: str) -> str | None:
    """The place, links on the way to it resolved; None if they lead out of `root`."""
    folder, _, name = path.rpartition("/")
    found = os.path.realpath(f"{root}/{folder}")
    inside = found == root or found.startswith(f"{root.rstrip('/')}/")
    return f"{found}/{name}" if inside else None


def _folder(root: str) -> Path:
    try:
        return Path(root).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(f"cannot tell which folder {root!r} is") from error


@contextmanager
def _reporting(done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(f"the file cannot be {done}: {reason}") from error
