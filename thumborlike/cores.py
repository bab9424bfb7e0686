"""How many cores this process may use: not those of the machine, where a container has a share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path, PurePosixPath

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def usable(groups: Path = GROUPS, own: Path = OWN) -> int:
    """At least 1: the cores it is bound to, or its share of their time (cgroups 2), rounded up.

    `groups` and `own`: where the system tells of control groups.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    bound = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min([bound, *(ceil(share) for share in _shares(groups, own))]))


def _shares(groups: Path, own: Path) -> Iterator[float]:
    """Cores' worth of time of the process's group, and of those that it is in."""
    for line in _text(own).splitlines():
        number, _, name = line.split(":", 2)
        if number == "0":  # cgroups 2; the others have numbers of their own
            group = PurePosixPath(name.lstrip("/"))
            yield from filter(None, (_share(groups / each) for each in (group, *group.parents)))


def _share(group: Path) -> float | None:
    """What `cpu.max` says, as `200000 100000`; None for `max`, and where there is no such file."""
    quota, _, period = _text(group / "cpu.max").partition(" ")
    try:
        return int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
