"""When the machine stood still: what a test then says about time is not about the code.

A process of its own sleeps for a moment again and again, and says so when it wakes too late. It
has no part in what is tested: it sleeps on while a test burns a core or holds its interpreter's
lock, and is late only when the machine gives nobody a turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

STEP = 0.02
"""Seconds that the process sleeps."""

NOTICED = 0.1
"""Seconds too late that are told of."""

MUCH = 0.25
"""Seconds lost in all after which a test's failure says nothing."""

_SLEEPER = f"""
import select, sys, time
while True:
    slept = time.monotonic()
    if select.select([sys.stdin], [], [], {STEP})[0]:
        break  # whoever asked is gone
    woke = time.monotonic()
    if woke - slept > {STEP + NOTICED}:
        print(slept, woke, flush=True)
"""


class Standstills:
    """What the sleeping process has told. `begin()` before, `close()` after."""

    def __init__(self) -> None:
        self._told: list[tuple[float, float]] = []
        self._rest = b""
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        command = [sys.executable, "-S", "-E", "-c", _SLEEPER]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        os.set_blocking(self._process.stdout.fileno(), False)

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()

    def since(self, moment: float) -> float:
        """Seconds lost from this moment of `time.monotonic()` until now."""
        time.sleep(10 * STEP)  # the sleeper, too, has to wake up first
        self._read()
        return sum(woke - max(slept, moment) for slept, woke in self._told if woke > moment)

    def _read(self) -> None:
        assert self._process and self._process.stdout
        while told := self._process.stdout.read():
            *lines, self._rest = (self._rest + told).split(b"\n")
            for line in lines:
                slept, woke = map(float, line.split())
                self._told.append((slept, woke))
