"""How many pictures each client waits for, and how many it may."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from .errors import TooManyRequests

UNCOUNTED = nullcontext()


class Clients:
    """Counts. `most` pictures at once for each client; 0 for no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[str, int] = {}

    def asking(self, client: str) -> AbstractContextManager[None]:
        """One picture more, until left. Raises `TooManyRequests`; never for an unknown client."""
        return _Asking(self._open, client, self._most) if self._most and client else UNCOUNTED


class _Asking:
    """Counts one picture, from the beginning of a `with` to its end."""

    __slots__ = ("_client", "_most", "_open")

    def __init__(self, counts: dict[str, int], client: str, most: int) -> None:
        self._open = counts
        self._client = client
        self._most = most

    def __enter__(self) -> None:
        count = self._open.get(self._client, 0)
        if count >= self._most:
            raise TooManyRequests("too many pictures are asked for at once, try again")
        self._open[self._client] = count + 1

    def __exit__(self, *_: object) -> None:
        self._open[self._client] -= 1
        if not self._open[self._client]:
            del self._open[self._client]
