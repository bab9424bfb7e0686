"""Files that the system has in memory already, read without waiting for a disk (Linux 5.12+).

The kernel is asked for the path (openat2, RESOLVE_CACHED) and for the bytes (preadv2, RWF_NOWAIT)
as far as it has them; whatever it would have to wait for is left to a thread.
"""

from __future__ import annotations

import errno
import os
import stat
import sys

MOST = 256 << 10
"""Bytes of the largest file that is read so: copying more would keep others waiting."""

_OPENAT2 = 437
_HERE = -100
_NO_OTHER_MOUNT, _NO_LINKS, _BENEATH, _CACHED = 0x01, 0x04, 0x08, 0x20
_BELOW = _NO_OTHER_MOUNT | _NO_LINKS | _BENEATH | _CACHED
_FOLDER = getattr(os, "O_PATH", 0) | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEVER = frozenset({errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.EOPNOTSUPP})
"""What says that this system, or what confines this process, does not do it at all."""

_LOCAL = frozenset({0xEF53, 0x58465342, 0x9123683E, 0xF2F52010, 0x2FC12FC1, 0x794C7630})
"""Numbers of file systems that open what is cached without asking another machine: ext2 to 4, XFS,
Btrfs, F2FS, ZFS, and layers of containers."""


class CachedFiles:
    """Files below `root`, which is looked up anew each time. For one thread."""

    def __init__(self, root: str) -> None:
        import ctypes  # noqa: PLC0415  (some milliseconds, and only where files are served)

        self._root = os.fsencode(root)
        self._prefix = root if root.endswith("/") else f"{root}/"
        self._buffer = bytearray(MOST + 1)
        self._call = ctypes.PyDLL(None, use_errno=True).syscall  # too short to let go of the lock
        self._errno = ctypes.get_errno
        self._how_folder = _how(_FOLDER, _CACHED)
        self._how_file = _how(_FILE, _BELOW)
        self._works = True

    def read(self, path: str) -> tuple[bytes, float] | None:
        """The file's bytes and the time of its change, in epoch seconds.

        None if it is not there, not in memory, large, no regular file, or reached by a link.
        """
        if not self._works or not path.startswith(self._prefix):
            return None
        try:
            return self._read(os.fsencode(path[len(self._prefix) :]))
        except OSError as error:
            self._works = error.errno not in _NEVER
        except ValueError:
            pass
        return None

    def _read(self, below: bytes) -> tuple[bytes, float] | None:
        folder = self._open(_HERE, self._root, self._how_folder)
        try:
            file = self._open(folder, below, self._how_file)
        finally:
            os.close(folder)
        try:
            facts = os.fstat(file)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > MOST:
                return None
            read = os.preadv(file, [self._buffer], 0, os.RWF_NOWAIT)
        finally:
            os.close(file)
        if read != facts.st_size:
            return None
        return bytes(memoryview(self._buffer)[:read]), facts.st_mtime

    def _open(self, folder: int, path: bytes, how: bytes) -> int:
        file: int = self._call(_OPENAT2, folder, path, how, len(how))
        if file < 0:
            number = self._errno()
            raise OSError(number, os.strerror(number))
        return file


def cached_files(root: str) -> CachedFiles | None:
    """For that folder; None where it cannot be done. May wait for the disk."""
    if sys.platform != "linux" or not hasattr(os, "RWF_NOWAIT"):
        return None
    return CachedFiles(root) if _kind_of(root) in _LOCAL else None


def _how(flags: int, resolve: int) -> bytes:
    """The kernel's `struct open_how`."""
    return b"".join(each.to_bytes(8, sys.byteorder) for each in (flags, 0, resolve))


def _kind_of(path: str) -> int:
    """The number of its file system; 0 if it is not there."""
    import ctypes  # noqa: PLC0415  (as above)

    told = ctypes.create_string_buffer(512)
    if ctypes.CDLL(None).statfs(os.fsencode(path), told):
        return 0
    return int.from_bytes(told.raw[: ctypes.sizeof(ctypes.c_long)], sys.byteorder)
