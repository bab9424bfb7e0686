"""Keeps nothing: every source is loaded anew. Thumbor 7.8: `thumbor.storages.no_storage`."""

from __future__ import annotations

from thumborlike.interfaces import Environment, Key, Stored


class NoStorage:
    """A storage in which nothing is ever found."""

    answers_at_once = True

    async def get(self, key: Key) -> Stored | None:
        """Nothing."""
        return None

    async def put(self, key: Key, body: bytes) -> None:
        """Nothing is kept."""

    async def delete(self, key: Key) -> None:
        """There is nothing to forget."""

    async def purge(self, source: str) -> int:
        """There is nothing to forget."""
        return 0


def create(env: Environment) -> NoStorage:
    """The storage that keeps nothing."""
    return NoStorage()
