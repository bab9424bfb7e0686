"""Server processes give way to new ones, one after the other, so that none is missed."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from .seats import Seat, Sockets
from .signals import Parent

READY_WITHIN = 30.0
"""Seconds that a new process may take until it serves."""

log = logging.getLogger("thumborlike")


@dataclass(frozen=True, slots=True)
class Work:
    """What a child does with its sockets; `patience`: seconds that it may take to end by itself."""

    run: Callable[[Parent, Sockets], int]
    patience: float


@dataclass(slots=True, eq=False)
class Child:
    """One process on its seat. `pid` is 0 while it waits for `due` (monotonic seconds).

    `ready`: a pipe on which it says that it serves; -1 if nobody wants to know.
    """

    seat: Seat
    pid: int = 0
    started: float = 0.0
    due: float = 0.0
    failures: int = 0
    ready: int = -1

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self.pid:
            os.kill(self.pid, number)

    def forget_ready(self) -> None:
        """Nobody wants to know any more."""
        if self.ready >= 0:
            os.close(self.ready)
            self.ready = -1


class Renewal:
    """Replaces all `children` by others, in place. `start` forks one, `retire` has one end.

    The first that does not come to serve is the last: whoever still does the old work goes on.
    """

    def __init__(
        self,
        work: Work,
        children: list[Child],
        start: Callable[[Work, Seat], Child],
        retire: Callable[[Child], None],
    ) -> None:
        self.work = work
        self.replaced = 0
        self.fresh: Child | None = None
        self._children = children
        self._start = start
        self._retire = retire

    @property
    def due(self) -> float:
        """When the new process counts as failed, monotonic seconds."""
        return self.fresh.started + READY_WITHIN if self.fresh else time.monotonic()

    def step(self) -> bool:
        """Do what can be done now; whether there is more to do."""
        if self.fresh is None:
            self.fresh = self._start(self.work, self._children[self.replaced].seat)
        elif _is_ready(self.fresh):
            self._replace(self.fresh)
        elif not self.fresh.pid or time.monotonic() >= self.due:
            self._fail(self.fresh)
            return False
        return self.replaced < len(self._children)

    def abandon(self) -> None:
        """All is to end: the new process is one of those to wait for."""
        if self.fresh:
            self.fresh.forget_ready()
            self._retire(self.fresh)

    def _replace(self, fresh: Child) -> None:
        fresh.forget_ready()
        old, self._children[self.replaced] = self._children[self.replaced], fresh
        self._retire(old)
        self.replaced += 1
        self.fresh = None
        if self.replaced == len(self._children):
            log.warning("all processes have the new configuration")

    def _fail(self, fresh: Child) -> None:
        left = len(self._children) - self.replaced
        log.error("a process with the new configuration does not start: %d keep the old one", left)
        fresh.forget_ready()
        fresh.send(signal.SIGKILL)
        self._retire(fresh)


def _is_ready(child: Child) -> bool:
    if not select.select([child.ready], [], [], 0)[0]:
        return False
    with contextlib.suppress(OSError):
        return bool(os.read(child.ready, 1))
    return False
