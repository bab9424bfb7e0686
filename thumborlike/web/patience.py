"""A clock that is set again and again and seldom runs out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Patience:
    """Calls `late` if it is not told in time that what is waited for has come.

    Setting it costs next to nothing: the loop's one timer stays where it is, and looks, when it
    goes off, whether somebody still waits and until when.
    """

    __slots__ = ("_deadline", "_late", "_loop", "_since", "_timer")

    def __init__(self, late: Callable[[], object]) -> None:
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._deadline: float | None = None
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether something is waited for."""
        return self._deadline is not None

    @property
    def waited(self) -> float:
        """For how many seconds; 0 if nothing is waited for."""
        return self._loop.time() - self._since if self.waits else 0.0

    def wait(self, seconds: float) -> None:
        """Something has to come within so many seconds from now."""
        self._since = self._loop.time()
        self._deadline = self._since + seconds
        if self._timer is not None and self._timer.when() <= self._deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._look)

    def rest(self) -> None:
        """It has come."""
        self._deadline = None

    def end(self) -> None:
        """Nothing will be waited for any more."""
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._deadline <= self._loop.time():
            self._late()
        else:
            self._timer = self._loop.call_at(self._deadline, self._look)
