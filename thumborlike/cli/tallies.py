"""What processes that have ended leave behind in the folder of the Prometheus client."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_LEVEL = re.compile(r"gauge_live\w*_(\d+)\.db")


def forget_levels(pid: int) -> None:
    """Its gauges count no more: it has no queue and no workers. Its counters stay."""
    for path, owner in _levels():
        if owner == pid:
            _remove(path)


def forget_levels_of_the_dead() -> None:
    """The same for all that run no more, as after the machine's own end."""
    for path, owner in _levels():
        if not _runs(owner):
            _remove(path)


def _levels() -> Iterator[tuple[Path, int]]:
    folder = os.environ.get(FOLDER)
    for each in Path(folder).glob("gauge_live*.db") if folder else ():
        if found := _LEVEL.fullmatch(each.name):
            yield each, int(found[1])


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
