"""How one kind of operation of a storage fares, and when it is worth trying.

An outage is told when it begins and when it is over, not once per request. While operations are
late one after the other, most are not tried at all: a dead storage must not cost each request its
timeout. Now and then one is let through to see whether the storage is back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from .interfaces import Metrics

PATIENCE = 3
"""Late operations in a row after which the storage is left alone for a while."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds it is left alone; twice as long after each failed trial."""

QUIET = 60.0
"""Seconds in which no second outage is told: a storage that fails now and then fills no log."""

log = logging.getLogger(__name__)


class Outage:
    """The state of one kind of operation, `action` being read, write or delete."""

    def __init__(
        self, action: str, metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._action = action
        self._metrics = metrics
        self._clock = clock
        self._failures = 0
        self._late = 0
        self._pause = FIRST_PAUSE
        self._paused_until: float | None = None
        self._began = 0.0
        self._told_at: float | None = None
        self._told = False

    def lets_through(self) -> bool:
        """Whether an operation should be tried; what is not is counted."""
        if self._paused_until is None:
            return True
        now = self._clock()
        if now < self._paused_until:
            self._metrics.incr(f"storage.skipped.{self._action}")
            return False
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._paused_until = now + self._pause  # the others wait for how this one fares
        return True

    def failed(self, reason: str, *, late: bool) -> None:
        """An operation failed; `late`: it took all the time there was."""
        self._metrics.incr(f"storage.error.{self._action}")
        if not self._failures:
            self._begin(reason)
        self._failures += 1
        self._late = self._late + 1 if late else 0
        if not late:
            self._paused_until = None
        elif self._late >= PATIENCE and self._paused_until is None:
            self._paused_until = self._clock() + self._pause

    def worked(self) -> None:
        """An operation succeeded."""
        if not self._failures:
            return
        if self._told:
            seconds = self._clock() - self._began
            log.warning(
                "storage: can %s again after %d failures in %.0f s",
                self._action,
                self._failures,
                seconds,
            )
        self._failures = self._late = 0
        self._pause, self._paused_until, self._told = FIRST_PAUSE, None, False

    def _begin(self, reason: str) -> None:
        now = self._began = self._clock()
        self._metrics.incr(f"storage.outage.{self._action}")
        if self._told_at is None or now - self._told_at >= QUIET:
            self._told_at, self._told = now, True
            log.error("storage: cannot %s: %s", self._action, reason)
