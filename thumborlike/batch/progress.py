"""How far it has come: a bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TextIO

EVERY = 5.0
"""Seconds between plain lines."""


class Progress(Protocol):
    """Is told of each thing that is done."""

    def step(self, counts: Mapping[str, int]) -> None:
        """One more; `counts` by outcome, so far."""
        ...

    def close(self) -> None:
        """Show the end of it."""
        ...


class NoProgress:
    """Shows nothing."""

    def step(self, counts: Mapping[str, int]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Bar:
    """tqdm's."""

    def __init__(self, total: int, unit: str, out: TextIO) -> None:
        from tqdm import tqdm  # noqa: PLC0415  (only where there is a terminal)

        self._bar: Any = tqdm(total=total, unit=unit, file=out, dynamic_ncols=True)

    def step(self, counts: Mapping[str, int]) -> None:
        """One more."""
        self._bar.set_postfix(_shown(counts), refresh=False)
        self._bar.update(1)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class Lines:
    """`120/500 24% 39.8/s done 118 failed 2`."""

    def __init__(
        self, total: int, out: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total
        self._out = out
        self._clock = clock
        self._begun = self._told = clock()
        self._done = 0
        self._counts: Mapping[str, int] = {}

    def step(self, counts: Mapping[str, int]) -> None:
        """One more; told if it is time."""
        self._done += 1
        self._counts = counts
        if self._clock() - self._told >= EVERY or self._done == self._total:
            self._tell()

    def close(self) -> None:
        """Tell the last state, unless it was told."""
        if self._done and self._done != self._total:
            self._tell()

    def _tell(self) -> None:
        self._told = self._clock()
        rate = self._done / max(self._told - self._begun, 1e-3)
        share = 100 * self._done // max(self._total, 1)
        counts = " ".join(f"{name} {count}" for name, count in _shown(self._counts).items())
        line = f"{self._done}/{self._total} {share}% {rate:.1f}/s {counts}"
        print(line.rstrip(), file=self._out, flush=True)


def progress(total: int, unit: str, *, quiet: bool = False, out: TextIO | None = None) -> Progress:
    """What suits standard error. `total` is what is left to do."""
    out = out or sys.stderr
    if quiet or not total:
        return NoProgress()
    return Bar(total, unit, out) if out.isatty() else Lines(total, out)


def _shown(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
