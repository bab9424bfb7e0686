"""Sources from a folder of this machine. Nothing outside of it, whatever the name says.

Thumbor 7.8's rules for names; but where it follows links out of the root, they are not found
here, unless FILE_LOADER_FOLLOW_SYMLINKS allows it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from urllib.parse import unquote

from thumborlike.errors import SourceFailed, SourceNotFound
from thumborlike.interfaces import Environment, Source, SourceRequest
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from ._beneath import open_beneath
from ._cached import CachedFiles, cached_files

_OUT_OF_ORDER = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE})
_LINKS = frozenset({errno.ELOOP, errno.ENOTDIR})
"""What a link gives that is not followed, by itself or where a folder is expected."""

_UNEVEN = re.compile(r"//|/\.{1,2}(?:/|$)|/$")
"""What another path than the text itself is meant by."""

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class FileLoaderSettings:
    """Keys of the loader `file`."""

    file_loader_root_path: str = setting(
        "FILE_LOADER_ROOT_PATH", "~", "The folder that sources are in."
    )
    file_loader_follow_symlinks: bool = setting(
        "FILE_LOADER_FOLLOW_SYMLINKS",
        False,
        "Let links lead out of that folder. Links that stay inside always work.",
        ours=True,
    )


SETTINGS = FileLoaderSettings


class FileLoader:
    """Reads files below `root`. `max_size` in bytes, 0 for no limit. `load` blocks."""

    def __init__(self, root: str, max_size: int, follow_links: bool = False) -> None:
        self._root = _lexical(os.path.expanduser(root))  # noqa: PTH111
        self._max_size = max_size
        self._follow_links = follow_links
        self._cached: CachedFiles | None = None
        self._asked_for_cached = follow_links

    def allows(self, source: str) -> bool:
        """Every name: what is not in the folder is not found. Thumbor 7.8: the same."""
        return True

    def load(self, wanted: SourceRequest) -> Source:
        """Read it. Raises `SourceNotFound` or `SourceFailed`.

        What is no regular file, or larger than allowed, is not found: nothing of it is read.
        """
        if not self._asked_for_cached:
            self._cached, self._asked_for_cached = cached_files(self._root), True
        for path in self._candidates(wanted.name):
            if found := self._read(wanted.name, path):
                return found
        raise SourceNotFound("the source does not exist")

    def load_at_once(self, wanted: SourceRequest) -> Source | None:
        """A small file that the system has in memory, once `load` has been called."""
        path = next(self._candidates(wanted.name), None) if self._cached else None
        found = self._cached.read(path) if self._cached and path else None
        if not found or 0 < self._max_size < len(found[0]):
            return None
        return Source(wanted.name, *found)

    def _candidates(self, name: str) -> Iterator[str]:
        """The decoded name; the name as it stands, for files with `%20` in theirs."""
        for text in dict.fromkeys((unquote(name), name)):
            path = f"{self._root}/{text.lstrip('/')}"
            if _UNEVEN.search(path):
                path = _lexical(path)
            if "\0" not in text and _inside(path, self._root):
                yield path

    def _read(self, name: str, path: str) -> Source | None:
        """The file, or None if there is no such regular file inside the root."""
        try:
            descriptor = self._open(path)
        except (OSError, ValueError) as error:
            _raise_if_out_of_order(error)
            return None
        try:
            return self._read_open(name, descriptor)
        except OSError as error:
            raise SourceFailed("the source could not be read") from error
        finally:
            os.close(descriptor)

    def _read_open(self, name: str, descriptor: int) -> Source | None:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or 0 < self._max_size < facts.st_size:
            return None
        body = _whole(descriptor, facts.st_size)
        return Source(name, body, facts.st_mtime)

    def _open(self, path: str) -> int:
        """Opening must neither wait (pipes) nor follow a link that was put there meanwhile."""
        if self._follow_links:
            return os.open(path, _FLAGS)
        try:
            return open_beneath(self._root, path)
        except OSError as error:
            if error.errno not in _LINKS:
                raise
        root, real = os.path.realpath(self._root), os.path.realpath(path)
        return open_beneath(root, real)


def _raise_if_out_of_order(error: OSError | ValueError) -> None:
    """Everything else (missing, forbidden, no folder, name too long) is just not found."""
    if isinstance(error, OSError) and error.errno in _OUT_OF_ORDER:
        raise SourceFailed("the source could not be read") from error


def _whole(descriptor: int, size: int) -> bytes:
    """All of the file: one read gives at most 2 GiB. Raises OSError if it shrank meanwhile."""
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
        body = file.read(size) or b""
        while len(body) < size and (more := file.read(size - len(body))):
            body += more
    if len(body) < size:
        raise OSError(errno.EIO, "the file shrank while it was read")
    return body


def _lexical(path: str) -> str:
    """Absolute, with `..` taken back by text alone, as Thumbor does before it looks at links."""
    return os.path.abspath(path)  # noqa: PTH100


def _inside(path: str, root: str) -> bool:
    """By path components: `/root_evil` is not inside `/root`."""
    return path == root or path.startswith(root if root.endswith("/") else f"{root}/")


def create(env: Environment) -> FileLoader:
    """The loader."""
    settings = env.section(SETTINGS)
    return FileLoader(
        settings.file_loader_root_path,
        env.max_source_size,
        settings.file_loader_follow_symlinks,
    )
