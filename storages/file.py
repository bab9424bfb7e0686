"""Entries as files, in Thumbor's layout.

Sources, keys and focal points lie under FILE_STORAGE_ROOT_PATH, results under
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH. The methods block; the core runs them in its I/O threads.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.interfaces import Environment, Holding, Key, Kind, Metrics, Stored
from thumborlike.records import dataclass, replace
from thumborlike.settings.fields import setting

from . import _atomic
from ._ages import Ages
from ._layout import legacy_path_of, path_of
from ._minder import Folder, Minder, tidied
from ._stock import RESULTS, SOURCES

TEMPORARY = Path(tempfile.gettempdir()) / "thumbor"
PUBLIC, PRIVATE, LASTING = 0o666, 0o600, 0o444
"""Modes before the umask; Thumbor 7.8 leaves key files readable for all.

What is read-only is not removed to make room: it cannot be had again.
"""

_LASTING = re.compile(r"[0-9a-f]{32}|blacklist\.txt")
"""Names of uploads, and of the block list."""


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
    file_storage_max_bytes: int = setting(
        "FILE_STORAGE_MAX_BYTES",
        0,
        "Bytes that the folder of sources may hold; the least recently used go first, uploads and "
        "keys never. 0 for no limit.",
        low=0,
        ours=True,
    )
    result_storage_file_storage_max_bytes: int = setting(
        "RESULT_STORAGE_FILE_STORAGE_MAX_BYTES",
        0,
        "The same for the folder of results.",
        low=0,
        ours=True,
    )
    file_storage_fsync: str = setting(
        "FILE_STORAGE_FSYNC",
        "none",
        "What is on the disk before an entry counts as written: `none` leaves it to the system, "
        "`data` waits for the bytes, `full` for the name, too. Uploads, keys and the block list "
        "are always written in full.",
        choices=_atomic.FLUSHES,
        ours=True,
    )


SETTINGS = FileStorageSettings


class FileStorage:
    """Keeps entries below two resolved folders, which are made when first written to.

    A source of more than `max_source_size` bytes counts as missing; 0 for no limit. `flush` is
    one of `_atomic.FLUSHES`. Damaged entries are missing, and counted as `storage.damaged`.
    """

    def __init__(
        self,
        sources: Path | Folder,
        results: Path | Folder,
        max_source_size: int = 0,
        *,
        flush: str = "none",
        metrics: Metrics | None = None,
    ) -> None:
        self._folders = (
            sources if isinstance(sources, Folder) else Folder(sources, SOURCES),
            results if isinstance(results, Folder) else Folder(results, RESULTS),
        )
        self._minders = tuple(map(Minder, self._folders))
        # texts, because building paths costs more than reading
        self._roots = tuple(str(each.root) for each in self._folders)
        self._max_source_size = max_source_size
        self._flush = flush
        self._metrics = metrics

    def get(self, key: Key) -> Stored | None:
        """The entry, or None. Raises `StorageError`."""
        limit = self._max_source_size if key.kind is Kind.SOURCE else 0
        bounded = bool(self._folders[_number(key)].max_bytes)
        try:
            with _reporting("read"):
                found = _atomic.read(self._place(key), limit, note_use=bounded)
                found = found or self._read_legacy(key)
        except _atomic.Damaged:
            if self._metrics:
                self._metrics.incr("storage.damaged")
            return None
        return Stored(*found) if found and found[0] else None

    def put(self, key: Key, body: bytes) -> None:
        """Keep the entry, if there is room; key files are for the owner alone.

        Raises `StorageError`.
        """
        lasting = _is_lasting(key)
        with self._minders[_number(key)].admission(len(body)) as admitted, _reporting("written"):
            if admitted or lasting:
                flush = "full" if lasting else self._flush
                _atomic.write(Path(self._place(key)), body, _mode(key), flush)

    def delete(self, key: Key) -> None:
        """Forget the entry, also where an older Thumbor left it. Raises `StorageError`."""
        with _reporting("deleted"):
            for place in (self._place(key), self._legacy_place(key)):
                if place:
                    _atomic.remove(Path(place))

    def settle(self) -> None:
        """Wait until no folder is being inspected any more."""
        for minder in self._minders:
            minder.settle()

    def stats(self) -> Sequence[Holding]:
        """What both folders hold, walked file by file."""
        return tuple(_tended(replace(each, max_age=None), None)[0] for each in self._folders)

    def prune(self, max_bytes: int | None = None) -> Sequence[tuple[Holding, Holding]]:
        """Remove what is too old, and the least recently used beyond the bound.

        For both folders, what is left and what was removed. `max_bytes` is for each folder; None
        for the configured bounds.
        """
        return tuple(_tended(each, max_bytes or each.max_bytes or None) for each in self._folders)

    def _place(self, key: Key) -> str:
        place = _inside(self._roots[_number(key)], path_of(key))
        if place is None:
            raise StorageError("a link leads out of the storage's folder")
        return place

    def _legacy_place(self, key: Key) -> str | None:
        path, root = legacy_path_of(key), self._roots[1]
        if path is None or not os.path.isdir(f"{root}/v2"):  # noqa: PTH112
            return None
        return _inside(root, path)

    def _read_legacy(self, key: Key) -> tuple[bytes, float] | None:
        """A result of an older Thumbor. It stays where it lies; Thumbor 7.8 moves it."""
        place = self._legacy_place(key)
        return _atomic.read(place) if place else None


def create(env: Environment) -> FileStorage:
    """The file storage under its two configured folders. Raises `ConfigurationError`."""
    settings, ages = env.section(SETTINGS), env.section(Ages)
    return FileStorage(
        Folder(
            _folder(settings.file_storage_root_path),
            SOURCES,
            settings.file_storage_max_bytes,
            ages.kept(ages.storage_expiration_seconds),
        ),
        Folder(
            _folder(settings.result_storage_file_storage_root_path),
            RESULTS,
            settings.result_storage_file_storage_max_bytes,
            ages.kept(ages.result_storage_expiration_seconds or None),
        ),
        env.max_source_size,
        flush=settings.file_storage_fsync,
        metrics=env.metrics,
    )


def _tended(folder: Folder, most: int | None) -> tuple[Holding, Holding]:
    """What is left in a folder, and what was removed."""
    stock = tidied(folder, most, _no_pause)
    name, bound = str(folder.root), folder.max_bytes
    left = Holding(name, stock.entries, stock.size, bound)
    return left, Holding(name, stock.removed, stock.freed, bound)


def _no_pause() -> None:
    """Whoever asked waits for nothing else."""


def _number(key: Key) -> int:
    return int(key.kind is Kind.RESULT)


def _is_lasting(key: Key) -> bool:
    """Whether nobody could make or fetch it again."""
    if key.kind is Kind.SOURCE:
        return bool(_LASTING.fullmatch(key.name))
    return key.kind is Kind.SECURITY_KEY


def _mode(key: Key) -> int:
    if key.kind is Kind.SECURITY_KEY:
        return PRIVATE
    return LASTING if _is_lasting(key) else PUBLIC


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
