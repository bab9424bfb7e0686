"""Opening what lies beneath a folder, whatever others do to the folder meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
if hasattr(os, "O_PATH"):  # folders need only be searchable then
    _FOLDER |= os.O_PATH
    _ROOT |= os.O_PATH


def open_beneath(root: str, path: str) -> int:
    """A descriptor of `path`, which lies below `root`; both absolute, without links and `..`.

    Each part is opened from the folder before it and no link is followed, so that a link which
    was put there after `path` had been resolved leads nowhere. Neither a pipe nor a terminal is
    waited for. Raises OSError.
    """
    parts = _parts(root, path)
    folder = os.open(root, _ROOT)
    for part in parts[:-1]:
        folder = _step(folder, part, _FOLDER)
    return _step(folder, parts[-1], _FILE)


def _parts(root: str, path: str) -> Sequence[str]:
    """The names of the folders and the file; the root itself is no file."""
    folder = root if root.endswith("/") else f"{root}/"
    if path.startswith(folder) and (below := path[len(folder) :].strip("/")):
        return below.split("/")
    raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))


def _step(folder: int, part: str, flags: int) -> int:
    """Opened in `folder`, which is closed."""
    try:
        return os.open(part, flags, dir_fd=folder)
    finally:
        os.close(folder)
