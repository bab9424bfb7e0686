"""Freed memory stays with the process, to be used again by the next picture.

By default the C library of Linux hands the memory of each large picture back to the system, and
gets it anew for the next, page by page: up to a sixth of the time of a request. Here it keeps
what lies at the end of each thread's area, up to a bound.
"""

from __future__ import annotations

import contextlib

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3

KEPT = 32 << 20
"""Bytes that each worker may keep at most while it has nothing to do."""

LARGEST = 20 << 20
"""Larger pieces go back at once; those of Pillow's pictures have 16 MiB."""


def keep_freed() -> None:
    """Tell the C library. No effect where it is not glibc."""
    import ctypes  # noqa: PLC0415  (not needed before the first picture)

    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LARGEST)
        library.mallopt(M_TRIM_THRESHOLD, KEPT)
