"""Sources that are purged while work on them is under way: what comes of that must not be kept."""

from __future__ import annotations

from collections.abc import Iterable


class Recalls:
    """Tells work that is under way of the sources that were purged since it began."""

    def __init__(self) -> None:
        self._watches: dict[int, Watch] = {}

    def watch(self) -> Watch:
        """Be told from the beginning of a `with` to its end."""
        return Watch(self._watches)

    def recall(self, source: str) -> None:
        """The source is purged."""
        for each in self._watches.values():
            each.recalled.add(source)


class Watch:
    """The sources that were purged meanwhile."""

    __slots__ = ("_all", "recalled")

    def __init__(self, among: dict[int, Watch]) -> None:
        self._all = among
        self.recalled: set[str] = set()

    def __enter__(self) -> Watch:
        self._all[id(self)] = self
        return self

    def __exit__(self, *_: object) -> None:
        del self._all[id(self)]

    def has_any(self, sources: Iterable[str]) -> bool:
        """Whether one of these was purged."""
        return not self.recalled.isdisjoint(sources)
