"""What a server process is told by signals, and by the process above it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time

from ..records import dataclass

STOPPING = (signal.SIGTERM, signal.SIGINT)
REPLACED = signal.SIGUSR2
"""From the process above: another one serves already, in the place of this one."""

ONE_STOP = 0.1
"""Seconds within which signals count as one: some send SIGTERM to a process and to its group."""

log = logging.getLogger("thumborlike")


@dataclass(frozen=True, slots=True)
class Parent:
    """Pipes of the process above: `alive` closes when it dies, `ready` hears that we serve."""

    alive: int
    ready: int

    def tell_ready(self) -> None:
        """Say that requests are answered; nobody may want to know."""
        with contextlib.suppress(OSError):
            os.write(self.ready, b"!")
        os.close(self.ready)


class Stop:
    """Waits until the process has to stop. A second signal ends it at once, status 128 and more.

    Where there is a process above, that one sees to it that the second signal counts.
    """

    def __init__(self, parent: Parent | None) -> None:
        self._parent = parent
        self._event = asyncio.Event()
        self._first = 0.0
        self.replaced = False
        loop = asyncio.get_running_loop()
        for each in STOPPING:
            loop.add_signal_handler(each, self._told, each)
        if parent:
            loop.add_signal_handler(REPLACED, self._replaced)
            loop.add_reader(parent.alive, self._orphaned, parent.alive)
        else:
            loop.add_signal_handler(signal.SIGHUP, _cannot_reload)

    async def wait(self) -> None:
        """Return when it is time. `replaced` then says whether another one serves already."""
        await self._event.wait()

    def _told(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if not self._first:
            self._first = now
        elif not self._parent and now - self._first >= ONE_STOP:
            os._exit(128 + number)
        self._event.set()

    def _replaced(self) -> None:
        self.replaced = not self._event.is_set()
        self._event.set()

    def _orphaned(self, pipe: int) -> None:
        asyncio.get_running_loop().remove_reader(pipe)
        self._event.set()


def _cannot_reload() -> None:
    log.warning(
        "SIGHUP changes nothing: a new configuration takes a new start, or --processes=2 or more"
    )
