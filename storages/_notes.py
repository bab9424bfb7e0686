"""Which results were made of which source: an empty file for each pair, beside the results.

    .thumborlike-sources / ab / <rest of the source's SHA-1> . <result's SHA-1> . <variant>

A folder of these per source would take a block of the disk for each; so the notes of sources
whose hashes begin alike share one, and a purge reads that. A note is there before its result, and
is looked for again after it: a result whose note a purge has taken meanwhile goes, too.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from hashlib import sha1

from ._atomic import STALE

FOLDER = ".thumborlike-sources"
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
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        with contextlib.suppress(FileExistsError):
            os.close(os.open(place, _FLAGS, 0o666))


def is_there(place: str) -> bool:
    """Whether it is still noted."""
    return os.path.lexists(place)


def of_source(root: str, source: str) -> Iterator[tuple[str, str]]:
    """Each note of the source, and the result's place below the root. Raises OSError."""
    shard, rest = _hashed(source)
    for name in _notes(f"{root}/{shard}"):
        if name.startswith(f"{rest}."):
            yield f"{root}/{shard}/{name}", _result_of(name)


def sweep(root: str, pace: Callable[[], None]) -> None:
    """Remove the notes of results that are no more. What cannot be read is passed over."""
    now = time.time()
    with contextlib.suppress(OSError):
        for folder in _shards(f"{root}/{FOLDER}"):
            for name in _notes(folder):
                pace()
                _drop_if_over(root, f"{folder}/{name}", _result_of(name), now)


def _drop_if_over(root: str, note: str, result: str, now: float) -> None:
    """Not those of writers that are at work."""
    with contextlib.suppress(OSError):
        if not os.path.lexists(f"{root}/{result}") and now - os.lstat(note).st_mtime > STALE:
            os.unlink(note)  # noqa: PTH108


def _shards(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in os.listdir(folder) if _SHARD.fullmatch(name)]  # noqa: PTH208


def _notes(folder: str) -> list[str]:
    """All names at once: what is removed meanwhile upsets no listing."""
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in names if _NOTE.fullmatch(name)]


def _result_of(note: str) -> str:
    _, digest, variant = note.split(".")
    return f"{variant}/{digest[:2]}/{digest[2:4]}/{digest[4:]}"


def _hashed(source: str) -> tuple[str, str]:
    digest = sha1(source.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return f"{FOLDER}/{digest[:2]}", digest[2:]
