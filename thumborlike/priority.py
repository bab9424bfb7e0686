"""Workers stand back behind the event loop."""

from __future__ import annotations

import contextlib
import os
import sys

NICENESS = 10
"""By how much, in the system's own measure."""


def step_back() -> None:
    """Let the event loop go first when the cores are busy. Linux has priorities by thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
