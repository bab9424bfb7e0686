"""System calls that a worker does without: a filter of the kernel refuses them (seccomp).

Linux on x86-64 and ARM64. A refused call fails as if it were not permitted. The filter cannot be
taken back, and holds for every thread and program that the worker starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""Instructions of the kernel's packet filter: BPF_LD|W|ABS, BPF_JMP|JEQ, BPF_JMP|JGE, BPF_RET."""

NUMBER_AT, ARCHITECTURE_AT = 0, 4
X32 = 0x40000000
"""Numbers from here on are a second door to the same calls, on x86-64."""

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column of the tables below, and the kernel's name for the architecture."""

NETWORK = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
}  # fmt: skip
OTHERS_MEMORY = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272), "pidfd_open": (434, 434),
}  # fmt: skip
MACHINE = {
    "io_uring_setup": (425, 425), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "open_by_handle_at": (304, 265),
    "personality": (135, 92), "fsopen": (430, 430), "move_mount": (429, 429),
}  # fmt: skip
PROGRAMS = {
    "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129), "tkill": (200, 130),
    "pidfd_send_signal": (424, 424),
}  # fmt: skip
"""Refused where no optimizer starts programs."""


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def available() -> bool:
    """Whether this system can refuse calls at all."""
    known = os.uname().machine in ARCHITECTURES and sys.maxsize > 1 << 32
    return known and sys.platform == "linux" and Path("/proc/sys/kernel/seccomp").is_dir()


def refuse_calls(*, programs: bool) -> bool:
    """Refuse them from now on, in this process; whether that worked. To be called with one thread.

    `programs`: programs may be started.
    """
    if sys.platform != "linux" or os.uname().machine not in ARCHITECTURES:
        return False
    column, architecture = ARCHITECTURES[os.uname().machine]
    tables = (NETWORK, OTHERS_MEMORY, MACHINE, *(() if programs else (PROGRAMS,)))
    numbers = [each[column] for table in tables for each in table.values()]
    code = program(numbers, architecture, second_door=X32 if column == 0 else 0)
    filter_ = _Filter(len(code) // 8, code)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0)


def program(refused: list[int], architecture: int, second_door: int = 0) -> bytes:
    """The filter as the kernel reads it: another architecture, or one of these numbers: refused."""
    door = [(AT_LEAST, 0, 0, second_door)] if second_door else []
    steps = [(LOAD, 0, 0, NUMBER_AT), *door, *((EQUAL, 0, 0, each) for each in refused)]
    done = []
    for place, (code, _, _, value) in enumerate(steps):
        to_refusal = len(steps) - place
        done.append((code, 0 if code == LOAD else to_refusal, 0, value))
    head = [(LOAD, 0, 0, ARCHITECTURE_AT), (EQUAL, 0, len(steps) + 1, architecture)]
    tail = [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *each) for each in (*head, *done, *tail))
