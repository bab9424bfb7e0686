"""Listening sockets that outlive the processes that serve them.

Each process has sockets of its own, so that the system spreads connections evenly. A connection
waits in one of them from the moment it is made: if a process closed them for good on giving way to
another one, those that wait would be reset. So the process above keeps them, and hands them on.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

Sockets = list[socket.socket]


class Seat:
    """The sockets of one process, and of those that follow it. `listen` makes them."""

    def __init__(self, listen: Callable[[], Sockets]) -> None:
        self._listen = listen
        self._sockets: Sockets = []

    def taken(self) -> Sockets:
        """The sockets, made if there are none. Raises `ConfigurationError`."""
        if not self._sockets:
            self._sockets = self._listen()
        return self._sockets

    def leave(self) -> None:
        """Close them here: connections go elsewhere once no process listens."""
        for each in self._sockets:
            each.close()
        self._sockets = []
