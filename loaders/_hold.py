"""How many bytes of bodies are held while they are fetched, all fetches together."""

from __future__ import annotations


class Hold:
    """At most `most` bytes, 0 for no limit; one body alone may have more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    def has_room(self, more: int, own: int) -> bool:
        """Whether a body that has `own` bytes here may have so many more."""
        return not self._most or self.held == own or self.held + more <= self._most

    def change(self, size: int) -> None:
        """So many bytes came, or went if negative."""
        self.held += size
