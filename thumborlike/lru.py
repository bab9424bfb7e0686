"""A bounded number of bytes in memory, the least recently used given up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST_SHARE = 4
"""An entry of more than this part of the whole is not kept: it would push out too much."""


class Lru(Generic[K, V]):
    """Keeps values whose sizes, as told by whoever puts them, are at most `max_bytes` together.

    One value may take a `largest_share`th of them. Needs no lock on the event loop; users in
    threads bring their own.
    """

    def __init__(self, max_bytes: int, largest_share: int = LARGEST_SHARE) -> None:
        self._max_bytes = max_bytes
        self._largest = max_bytes // largest_share
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """What is kept now, in bytes."""
        return self._bytes

    def takes(self, size: int) -> bool:
        """Whether an entry of `size` bytes would be kept."""
        return 0 < size <= self._largest

    def get(self, key: K) -> V | None:
        """The value, which is the most recently used one then; or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def oldest(self) -> tuple[K, V] | None:
        """The entry that was not used for the longest time, if there is any."""
        for key, entry in self._entries.items():
            return key, entry[0]
        return None

    def put(self, key: K, value: V, size: int) -> None:
        """Keep the value at the cost of others, if it is not too large; forget the old one."""
        self.drop(key)
        if not self.takes(size):
            return
        self._entries[key] = (value, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self.drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        """Forget the value, if it is there."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]

    def drop_if(self, unwanted: Callable[[K], bool]) -> None:
        """Forget all values whose keys are unwanted."""
        for key in [each for each in self._entries if unwanted(each)]:
            self.drop(key)

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
        self._bytes = 0
