"""What a worker process may take of the machine, and what it is told of the world."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

INHERITED = (
    "PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
    "LD_PRELOAD", "MALLOC_CONF", "MALLOC_ARENA_MAX", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "XDG_DATA_DIRS",
)  # fmt: skip
"""Variables of the environment that workers see. No other: credentials travel that way."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
"""Libraries would start as many threads as there are cores, in each of as many workers."""

OPEN_FILES = 256
FIRST_TO_GO = 500
"""How much rather than the server a worker is ended when the machine is out of memory."""


def environment(environ: Mapping[str, str], path: list[str]) -> dict[str, str]:
    """What workers see of the server's environment. `path`: where modules are found."""
    kept = {name: environ[name] for name in INHERITED if name in environ}
    found = os.pathsep.join(str(Path(each).absolute()) for each in path)
    return {**kept, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": found, "PYTHONSAFEPATH": "1"}


def limit(memory: int) -> None:
    """Bound address space, files and core dumps of this process. `memory` in bytes, 0: none."""
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NOFILE, OPEN_FILES)
    if memory:
        _set(resource.RLIMIT_AS, memory)
        _set(resource.RLIMIT_FSIZE, memory)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))


def leave_signals_to_the_server() -> None:
    """Ctrl-C and the service manager's signals reach all processes: the server decides."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)


def end_after(seconds: float) -> None:
    """End this process then, whatever it is at; 0 takes that back."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _set(kind: int, wanted: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (most, most))
