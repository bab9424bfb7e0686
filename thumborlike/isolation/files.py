"""Files that a worker may see: the interpreter's, fonts, and no others (Landlock).

Linux 5.13 and newer, where the kernel was built with it. Newer kernels refuse TCP and signals to
other processes, too. What the worker had open before stays open.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator

from ..records import dataclass

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls; the same on all architectures."""

TELL_VERSION, BELOW_PATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL = 1 << 14, 1 << 15
RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Version of the interface, and how many rights to files it knows, the lowest bits first."""

TCP, SCOPES = 0b11, 0b11
TCP_SINCE, SCOPES_SINCE = 4, 6

TO_READ = READ_FILE | READ_DIR
TO_WRITE = (
    WRITE_FILE | READ_FILE | READ_DIR | TRUNCATE | 0b1100110000
)  # remove, make: files, folders
FILES_ALONE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL

SYSTEM = (
    "/usr", "/lib", "/lib64", "/lib32", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime",
    "/dev/urandom", "/dev/random", "/dev/zero", "/sys/devices/system/cpu", "/proc/meminfo",
    "/proc/cpuinfo", "/sys/fs/cgroup/cpu.max",
)  # fmt: skip
"""What libraries look at."""


@dataclass(frozen=True, slots=True)
class Access:
    """Paths by what may be done below them. What does not exist is left out."""

    read: tuple[str, ...] = ()
    execute: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


def module_paths(path: Iterable[str]) -> tuple[str, ...]:
    """Where Python finds its modules."""
    return (sys.prefix, sys.base_prefix, sys.exec_prefix, *(each for each in path if each))


def version() -> int:
    """The system's version of Landlock; 0 if it has none."""
    if sys.platform != "linux":
        return 0
    number: int = ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, TELL_VERSION)
    return max(number, 0)


def confine(access: Access) -> bool:
    """See no other files from now on, in this process; whether that worked."""
    number = version()
    if not number:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    known = (1 << RIGHTS_BY_VERSION.get(number, 16)) - 1
    ruleset = _new_ruleset(libc, number, known)
    if ruleset < 0:
        return False
    try:
        for path, wanted in _rules(access):
            _allow(libc, ruleset, path, wanted & known)
        no_new = libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return not no_new and not libc.syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _new_ruleset(libc: ctypes.CDLL, number: int, known: int) -> int:
    values = [known]
    values += [TCP] if number >= TCP_SINCE else []
    values += [SCOPES] if number >= SCOPES_SINCE else []
    attributes = struct.pack(f"={len(values)}Q", *values)
    file: int = libc.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    return file


def _rules(access: Access) -> Iterator[tuple[str, int]]:
    yield from ((each, TO_READ) for each in (*SYSTEM, *access.read))
    yield from ((each, TO_READ | EXECUTE) for each in access.execute)
    yield from ((each, TO_WRITE) for each in ("/dev/null", *access.write))


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, wanted: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(file).st_mode):
            wanted &= FILES_ALONE
        libc.syscall(ADD_RULE, ruleset, BELOW_PATH, struct.pack("=Qi", wanted, file), 0)
    finally:
        os.close(file)
