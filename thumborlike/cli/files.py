"""How many files a process may have open, and what that means for its connections."""

from __future__ import annotations

import contextlib
import logging
import resource

OTHERS = 512
"""Files that are no connections of clients: workers, origins, storages, what is being read."""

SHARE = 4
"""Where files are few, one of so many is for those others."""

MOST = 1 << 20
"""What Linux lets one process have, unless told otherwise."""

log = logging.getLogger("thumborlike")


def connections_within_files(wanted: int) -> int:
    """How many connections there may be, so that files never run out; `wanted` 0: as many.

    Raises the soft limit of open files as far as that needs and the hard one allows.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST if hard == resource.RLIM_INFINITY else hard
    needed = min(most, wanted + OTHERS if wanted else most)
    if soft != resource.RLIM_INFINITY and soft < needed:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
            soft = needed
    files = most if soft == resource.RLIM_INFINITY else soft
    room = files - min(OTHERS, files // SHARE)
    if wanted > room:
        log.warning(
            "MAX_CONNECTIONS is %d, but there are open files for %d only (ulimit -n)", wanted, room
        )
    return min(wanted, room) if wanted else room
