"""Entries as files, in Thumbor's layout.

Sources, keys and focal points lie under FILE_STORAGE_ROOT_PATH, results under
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH. The methods block; the core runs them in its I/O threads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from thumborlike.errors import CannotPurge, ConfigurationError, StorageError
from thumborlike.interfaces import Environment, Holding, Key, Kind, Metrics, Share, Stored
from thumborlike.records import replace

from . import _atomic, _notes
from ._ages import Ages
from ._file_settings import FileStorageSettings
from ._layout import legacy_path_of, path_of
from ._minder import Folder, Minder, tidied
from ._stock import RESULTS, SOURCES, Stock

SETTINGS = FileStorageSettings
PUBLIC, PRIVATE, LASTING = 0o666, 0o600, 0o444
"""Modes before the umask; Thumbor 7.8 leaves key files readable for all.

What is read-only is not removed to make room: it cannot be had again.
"""

_LASTING = re.compile(r"[0-9a-f]{32}|blacklist\.txt")
"""Names of uploads, and of the block list."""


class FileStorage:
    """Keeps entries below two resolved folders, which are made when first written to.

    A source of more than `max_source_size` bytes counts as missing; 0 for no limit. `flush` is
    one of `_atomic.FLUSHES`. With `indexed`, notes tell what to purge. Damaged entries are missing,
    and counted as `storage.damaged`.
    """

    def __init__(
        self,
        sources: Path | Folder,
        results: Path | Folder,
        max_source_size: int = 0,
        *,
        flush: str = "none",
        indexed: bool = True,
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
        self._indexed = indexed
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
        if not found or not found[0] or self._is_purged(key, found[1]):
            return None
        return Stored(*found)

    def put(self, key: Key, body: bytes) -> None:
        """Keep the entry, if there is room; key files are for the owner alone.

        Raises `StorageError`.
        """
        self._put(key, body, None)

    def put_as_of(self, key: Key, stored: Stored) -> None:
        """The same for an entry that is as old as it says."""
        self._put(key, stored.body, stored.modified)

    def _put(self, key: Key, body: bytes, modified: float | None) -> None:
        lasting = _is_lasting(key)
        with self._minders[_number(key)].admission(len(body)) as admitted, _reporting("written"):
            if not admitted and not lasting:
                return
            place, notes = Path(self._place(key)), self._notes_of(key)
            for note in notes:
                _notes.write(note)
            flush = "full" if lasting else self._flush
            _atomic.write(place, body, _mode(key), flush, modified=modified)
            if not all(map(_notes.is_there, notes)):  # its source was purged just now
                _atomic.remove(place)

    def delete(self, key: Key) -> None:
        """Forget the entry, also where an older Thumbor left it. Raises `StorageError`."""
        with _reporting("deleted"):
            for place in (self._place(key), self._legacy_place(key)):
                if place:
                    _atomic.remove(Path(place))

    def purge(self, source: str) -> int:
        """Forget the source, its focal points and what was made of it. Raises `StorageError`.

        A result goes before its note, so that a failure forgets none, and once more after it: a
        writer that finds its note gone removes the result itself. Results that have no note stay,
        and are missing.
        """
        removed, root = 0, self._roots[1]
        with _reporting("deleted"):
            if self._indexed and (mark := _inside(root, _notes.mark_of(source))):
                _notes.mark(mark)
            for kind in (Kind.SOURCE, Kind.FOCAL_POINTS):
                removed += _atomic.remove(Path(self._place(Key(kind, source))))
            for note, result in _notes.of_source(root, source) if self._indexed else ():
                place = _inside(root, result)
                removed += bool(place and _atomic.remove(Path(place)))
                _atomic.remove(Path(note))
                removed += bool(place and _atomic.remove(Path(place)))
        if not self._indexed:
            raise CannotPurge("RESULT_STORAGE_FILE_STORAGE_PURGE_INDEX is off")
        return removed

    def settle(self) -> None:
        """Wait until no folder is being inspected any more."""
        for minder in self._minders:
            minder.settle()

    def stats(self) -> Sequence[Holding]:
        """What both folders hold, walked file by file."""
        return tuple(
            _held(each, _tidied(replace(each, max_age=None), None)) for each in self._folders
        )

    def prune(self, max_bytes: int | None = None) -> Sequence[tuple[Holding, Holding]]:
        """Remove what is too old, and the least recently used beyond the bound.

        For both folders, what is left and what was removed. `max_bytes` is for each folder; None
        for the configured bounds.
        """
        return tuple(_pruned(each, max_bytes or each.max_bytes or None) for each in self._folders)

    def _place(self, key: Key) -> str:
        place = _inside(self._roots[_number(key)], path_of(key))
        if place is None:
            raise StorageError("a link leads out of the storage's folder")
        return place

    def _notes_of(self, key: Key) -> tuple[str, ...]:
        if key.kind is not Kind.RESULT or not self._indexed:
            return ()
        result = path_of(key)
        found = (_inside(self._roots[1], _notes.note_of(each, result)) for each in key.made_of)
        return tuple(filter(None, found))

    def _is_purged(self, key: Key, written: float) -> bool:
        return self._indexed and _notes.is_purged(self._roots[1], key.made_of, written)

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
        indexed=settings.result_storage_file_storage_purge_index,
        metrics=env.metrics,
    )


def _pruned(folder: Folder, most: int | None) -> tuple[Holding, Holding]:
    """What is left in a folder, and what was removed."""
    stock = _tidied(folder, most)
    left = replace(_held(folder, stock), oldest=None)  # it may be gone
    return left, Holding(left.name, stock.removed, stock.freed, left.bound)


def _held(folder: Folder, stock: Stock) -> Holding:
    kinds = (each for each in Kind if (each is Kind.RESULT) == (folder.levels is RESULTS))
    shares = [
        Share(each.value, stock.counts[each.value], stock.sizes[each.value]) for each in kinds
    ]
    place, bound = str(folder.root), folder.max_bytes
    return Holding(place, stock.entries, stock.size, bound, stock.oldest, tuple(shares))


def _tidied(folder: Folder, most: int | None) -> Stock:
    return tidied(folder, most, _no_pause)


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
