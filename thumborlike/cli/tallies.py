"""What a process that has ended leaves behind in the folder of the Prometheus client."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def forget_levels(pid: int) -> None:
    """Its gauges count no more: it has no queue and no workers. Its counters stay."""
    folder = os.environ.get(FOLDER)
    for each in Path(folder).glob(f"gauge_live*_{pid}.db") if folder else ():
        with contextlib.suppress(OSError):
            each.unlink()
