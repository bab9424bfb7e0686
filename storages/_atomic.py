"""Files that are whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write(path: Path, body: bytes, mode: int) -> None:
    """Write beside `path`, then take its place; a reader sees the whole old or the whole new.

    Raises OSError; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(16)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def read(path: Path) -> tuple[bytes, float] | None:
    """The bytes and the time of writing in epoch seconds; None if there is no such file.

    Only regular files are read, and none is waited for. Raises OSError for anything else.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        return file.read(), status.st_mtime
