"""What workers are given when they begin."""

from __future__ import annotations

from ..interfaces import Detector, Optimizer
from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Setup:
    """What all workers of a pool share. Sizes in bytes, times in seconds; 0: none, no limit.

    `deadline`: when a worker ends itself, were the server not there to do it. `readable`: folders
    and files that it may read; empty: not confined. `programs`: the optimizers start some.
    """

    optimizers: tuple[Optimizer, ...] = ()
    kept_bytes: int = 0
    kept_seconds: float = 0.0
    memory_limit: int = 0
    deadline: float = 0.0
    confined: bool = True
    readable: tuple[str, ...] = ()
    programs: bool = False
    log_level: int = 30
    detectors: tuple[tuple[str, Detector], ...] = ()
