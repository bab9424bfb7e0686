"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from pathlib import Path

from ._seal import is_intact, seal

STALE = 3600.0
"""Seconds after which a draft belongs to no writer that is still alive."""

USE_NOTED = 60.0
"""Seconds within which a use is not noted again."""

FLUSHES = ("none", "data", "full")
"""What is on the disk when a write returns: nothing surely, the bytes, the bytes and the name."""

_DRAFT = re.compile(r".+\.[0-9a-f]{32}")
GONE = frozenset({errno.ENOENT, errno.ESTALE})
"""Removed or replaced meanwhile; NFS says the second where another host did it."""

_NO_FILE = GONE | {errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENAMETOOLONG}


class Damaged(Exception):
    """The file has other bytes than were written."""


def write(
    path: Path,
    body: bytes,
    mode: int,
    flush: str = "none",
    *,
    modified: float | None = None,
    attempts: int = 3,
) -> None:
    """Write beside `path`, then take its place; a reader sees the whole old or the whole new.

    `mode` is reduced by the umask; `flush` is one of `FLUSHES`; `modified` is the time of writing
    that is noted, in epoch seconds, if not now. Raises OSError; nothing is left behind then.
    """
    try:
        _write(path, body, mode, flush, modified)
    except OSError as error:
        if error.errno not in GONE or attempts <= 1:  # a folder that was tidied away comes back
            raise
        write(path, body, mode, flush, modified=modified, attempts=attempts - 1)


def read(
    path: str | Path, max_size: int = 0, *, note_use: bool = False
) -> tuple[bytes, float] | None:
    """The bytes and the time of writing in epoch seconds; None if there is no such file.

    None also for whatever is not a regular file, for one of more than `max_size` bytes (0: no
    limit), and for one that shrank while it was read. No link is followed at the end of `path`,
    and no pipe is waited for. `note_use`: for those who look for what is least recently used.
    Raises OSError, and `Damaged`.
    """
    try:
        return _opened_and_read(path, max_size, note_use)
    except OSError as error:
        if error.errno != errno.ESTALE:
            raise
    return _opened_and_read(path, max_size, note_use, last=True)


def remove(path: Path) -> bool:
    """Remove the file; whether it was there. Raises OSError."""
    try:
        path.unlink()
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        return False
    return True


def sweep(folder: Path, now: float) -> None:
    """Remove what writers left that were killed. Thumbor 7.8 names its drafts alike."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _DRAFT.fullmatch(entry.name) and _age(entry, now) > STALE:
                Path(entry).unlink(missing_ok=True)


def _write(path: Path, body: bytes, mode: int, flush: str, modified: float | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    draft = path.with_name(f"{path.name}.{token}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            _fill(file.fileno(), body, flush)
            if modified is not None:
                os.utime(file.fileno(), (time.time(), modified))
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    if flush == "full":
        _flush_folder(path.parent)
    if token.startswith("0"):  # one writer of sixteen looks, so that a listing costs little
        sweep(path.parent, time.time())


def _fill(descriptor: int, body: bytes, flush: str) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]
    seal(descriptor, body)
    if flush != "none":
        os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened_and_read(
    path: str | Path, max_size: int, note_use: bool, *, last: bool = False
) -> tuple[bytes, float] | None:
    """A file that is replaced on another host while NFS opens or reads it is stale, once."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return _read(descriptor, max_size, note_use)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in _NO_FILE and (last or error.errno != errno.ESTALE):
            return None
        raise


def _read(descriptor: int, max_size: int, note_use: bool) -> tuple[bytes, float] | None:
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or 0 < max_size < facts.st_size:
        return None
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
        body = file.readall()
    if len(body) < facts.st_size:
        return None
    if not is_intact(descriptor, body):
        raise Damaged
    if note_use:
        _note_use(descriptor, facts)
    return body, facts.st_mtime


def _note_use(descriptor: int, facts: os.stat_result) -> None:
    """As the time of access, which many file systems are told not to keep by themselves."""
    now = time.time()
    if abs(now - facts.st_atime) > USE_NOTED:
        with contextlib.suppress(OSError):
            os.utime(descriptor, ns=(int(now * 1e9), facts.st_mtime_ns))


def _age(entry: os.DirEntry[str], now: float) -> float:
    return now - entry.stat(follow_symlinks=False).st_mtime
