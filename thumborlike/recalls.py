"""Sources that are purged while work on them is under way: what comes of that must not be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Recalls:
    """Tells work that is under way of the sources that were purged since it began."""

    def __init__(self) -> None:
        self._watches: dict[int, Watch] = {}

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Be told from here to the end of the block."""
        watch = Watch()
        self._watches[id(watch)] = watch
        try:
            yield watch
        finally:
            del self._watches[id(watch)]

    def recall(self, source: str) -> None:
        """The source is purged."""
        for each in self._watches.values():
            each.recalled.add(source)


class Watch:
    """The sources that were purged meanwhile."""

    __slots__ = ("recalled",)

    def __init__(self) -> None:
        self.recalled: set[str] = set()

    def has_any(self, sources: Iterable[str]) -> bool:
        """Whether one of these was purged."""
        return not self.recalled.isdisjoint(sources)
