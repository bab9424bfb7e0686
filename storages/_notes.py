"""Which results were made of which source: an empty file for each pair, beside the results.

    .thumborlike-sources / ab / <rest of the source's SHA-1> . <result's SHA-1> . <variant>
    .thumborlike-sources / ab / <rest of the source's SHA-1> . purged

A folder of these per source would take a block of the disk for each; so the notes of sources
whose hashes begin alike share one, and a purge reads that. A note is there before its result, and
is looked for again after it: a result whose note a purge has taken meanwhile goes, too. Results
that have no note, as Thumbor's, are missing if they are older than the second file.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha1

from ._atomic import GONE, STALE

FOLDER = ".thumborlike-sources"
MARK = ".purged"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NOTE = re.compile(r"[0-9a-f]{38}\.[0-9a-f]{40}\.[\w-]+", re.ASCII)
_SHARD = re.compile(r"[0-9a-f]{2}")


def note_of(source: str, result: str) -> str:
    """Where, below the root, it is noted that the result at this place is made of the source."""
    shard, rest = _hashed(source)
    variant, first, second, last = result.split("/")
    return f"{shard}/{rest}.{first}{second}{last}.{variant}"


def write(place: str) -> None:
    """Note it, if it is not noted yet. Raises OSError."""
    try:
        os.close(os.open(place, _FLAGS, 0o666))
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in GONE:
            raise
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        with contextlib.suppress(FileExistsError):
            os.close(os.open(place, _FLAGS, 0o666))


def is_there(place: str) -> bool:
    """Whether it is still noted. Opened, because NFS then asks its server. Raises OSError."""
    try:
        os.close(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))
    except OSError as error:
        if error.errno not in GONE:
            raise
        return False
    return True


def mark_of(source: str) -> str:
    """Where, below the root, it is marked when the source was purged."""
    shard, rest = _hashed(source)
    return f"{shard}/{rest}{MARK}"


def mark(place: str) -> None:
    """Mark it, by the clock that files are dated with. Raises OSError."""
    write(place)
    os.utime(place, follow_symlinks=False)


def is_purged(root: str, sources: Iterable[str], written: float) -> bool:
    """Whether one of the sources was purged after that time."""
    return any(_marked(f"{root}/{mark_of(each)}") > written for each in sources)


def _marked(place: str) -> float:
    try:
        return os.lstat(place).st_mtime
    except OSError:
        return 0.0


def of_source(root: str, source: str) -> Iterator[tuple[str, str]]:
    """Each note of the source, and the result's place below the root. Raises OSError."""
    shard, rest = _hashed(source)
    for name in _names(f"{root}/{shard}"):
        if name.startswith(f"{rest}.") and _NOTE.fullmatch(name):
            yield f"{root}/{shard}/{name}", _result_of(name)


def sweep(root: str, max_age: float | None, pace: Callable[[], None]) -> None:
    """Remove the notes of results that are no more, and marks of when no result is left of.

    What cannot be read is passed over.
    """
    now = time.time()
    with contextlib.suppress(OSError):
        for folder in _shards(f"{root}/{FOLDER}"):
            for name in _names(folder):
                pace()
                with contextlib.suppress(OSError):
                    if _is_over(root, folder, name, max_age, now):
                        os.unlink(f"{folder}/{name}")  # noqa: PTH108


def _is_over(root: str, folder: str, name: str, max_age: float | None, now: float) -> bool:
    """Not those of writers that are at work. Raises OSError."""
    age = now - os.lstat(f"{folder}/{name}").st_mtime
    if _NOTE.fullmatch(name):
        return age > STALE and not os.path.lexists(f"{root}/{_result_of(name)}")
    return name.endswith(MARK) and max_age is not None and age > max_age + STALE


def _shards(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in os.listdir(folder) if _SHARD.fullmatch(name)]  # noqa: PTH208


def _names(folder: str) -> list[str]:
    """All at once: what is removed meanwhile upsets no listing."""
    try:
        return os.listdir(folder)  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []


def _result_of(note: str) -> str:
    _, digest, variant = note.split(".")
    return f"{variant}/{digest[:2]}/{digest[2:4]}/{digest[4:]}"


def _hashed(source: str) -> tuple[str, str]:
    digest = sha1(source.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return f"{FOLDER}/{digest[:2]}", digest[2:]
