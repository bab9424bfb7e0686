"""How many pictures each client waits for, and how many it may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import TooManyRequests


class Clients:
    """Counts. `most` pictures at once for each client; 0 for no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[str, int] = {}

    @contextmanager
    def asking(self, client: str) -> Iterator[None]:
        """One picture more, until left. Raises `TooManyRequests`; never for an unknown client."""
        if not self._most or not client:
            yield
            return
        count = self._open.get(client, 0)
        if count >= self._most:
            raise TooManyRequests("too many pictures are asked for at once, try again")
        self._open[client] = count + 1
        try:
            yield
        finally:
            self._leave(client)

    def _leave(self, client: str) -> None:
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]
