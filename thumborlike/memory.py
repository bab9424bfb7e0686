"""Freed memory stays with the process, to be used again by the next picture.

By default the C library of Linux hands the memory of each large picture back to the system, and
gets it anew for the next, page by page: up to a sixth of the time of a request. Here it keeps
what lies at the end of each thread's area, up to a bound.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

KEPT = 32 << 20
"""Bytes that each worker may keep at most while it has nothing to do."""

LARGEST = 20 << 20
"""Larger pieces go back at once; those of Pillow's pictures have 16 MiB."""

WORKERS_PER_AREA = 4
"""Threads have few areas between them: what one has freed, another can use."""


def keep_freed(workers: int = 1) -> None:
    """Tell the C library, for all threads of this process. No effect where it is not glibc.

    There is one area of memory for each few workers, and for all other threads: by default each
    thread that reads a file keeps what it freed for itself, and 32 large pictures at once took
    530 MB instead of 330. To be called before there are threads.
    """
    areas = max(1, workers // WORKERS_PER_AREA)
    _set_options({M_ARENA_MAX: areas, M_MMAP_THRESHOLD: LARGEST, M_TRIM_THRESHOLD: KEPT})


def _set_options(options: Mapping[int, int]) -> None:
    import ctypes  # noqa: PLC0415  (not needed before the first picture)

    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        for option, value in options.items():
            library.mallopt(option, value)
