"""Listening sockets that take no more connections than there is room for."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

AT_ONCE = 128
"""Connections that are taken in one go, so that those that are there have their turn."""

MOST_WAITING = 4096
"""Of those, at the end, when all that wait are taken: the longest queue that Linux allows."""

PAUSE = 0.25
"""Seconds until it is tried again where there was no room, if none becomes free before."""

TOLD_EVERY = 60.0

log = logging.getLogger(__name__)


class Doors:
    """Takes connections from sockets while it is open. Those that wait are the system's to keep.

    `enter(connection, address)` gets each; `full()` says whether there is room for another.
    Needs a running event loop.
    """

    def __init__(
        self, enter: Callable[[socket.socket, Any], object], full: Callable[[], bool]
    ) -> None:
        self._enter = enter
        self._full = full
        self._sockets: list[socket.socket] = []
        self._open = True
        self._again: asyncio.TimerHandle | None = None
        self._told = -TOLD_EVERY

    def add(self, listening: socket.socket) -> None:
        """Take connections from this one too."""
        self._sockets.append(listening)
        if self._open:
            self._watch(listening)

    def open(self) -> None:
        """Go on, if it was closed."""
        if not self._open and self._sockets:
            self._open = True
            for each in self._sockets:
                self._watch(each)

    def close(self) -> None:
        """Take none, until it is opened again."""
        if self._open:
            self._open = False
            for each in self._sockets:
                asyncio.get_running_loop().remove_reader(each)

    def shut(self) -> None:
        """Take all that wait, as far as there is room, then give up the sockets for good."""
        for each in self._sockets:
            self._take(each, MOST_WAITING)
        self.close()
        if self._again:
            self._again.cancel()
        for each in self._sockets:
            each.close()
        self._sockets.clear()

    def _watch(self, listening: socket.socket) -> None:
        asyncio.get_running_loop().add_reader(listening, self._take, listening, AT_ONCE)

    def _take(self, listening: socket.socket, most: int) -> None:
        for _ in range(most):
            if not self._open:
                return
            if self._full():
                self._rest()
                return
            try:
                connection, address = listening.accept()
            except BlockingIOError:
                return
            except ConnectionError:  # whoever it was is gone already
                continue
            except OSError as error:  # for want of files, mostly: others have to close some
                self._rest()
                self._tell(error)
                return
            self._enter(connection, address)

    def _rest(self) -> None:
        """Asking again at once would only cost time."""
        self.close()
        if self._again:
            self._again.cancel()
        self._again = asyncio.get_running_loop().call_later(PAUSE, self.open)

    def _tell(self, error: OSError) -> None:
        if time.monotonic() - self._told >= TOLD_EVERY:
            self._told = time.monotonic()
            log.error("no new connection can be taken for now: %s", error.strerror)
