"""How much a drawing grows by its references: `use` of `use` of `use` is exponential."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DEEPEST = 100
"""References of references of references."""

IN_STYLE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)")


@dataclass(slots=True)
class _Element:
    """`own`: elements in it, itself included; `shown`: names of what it shows again."""

    own: int = 1
    shown: list[str] = field(default_factory=list)


class References:
    """Told of each element's start and end, in the order of the file."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._names: list[str | None] = []
        self._named: dict[str, _Element] = {}
        self._whole = _Element(0)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element of this name, without its prefix, begins."""
        self._open.append(_Element(shown=_shown(name, attributes)))
        self._names.append(attributes.get("id"))

    def end(self) -> None:
        """It ends; what it holds belongs to its parent too."""
        done, name = self._open.pop(), self._names.pop()
        if name is not None and name not in self._named:
            self._named[name] = done
        parent = self._open[-1] if self._open else self._whole
        parent.own += done.own
        parent.shown += done.shown

    def drawn(self, most: int) -> int:
        """Elements of the whole drawing, each counted as often as it is shown.

        Something above `most` where they are more, or where one shows itself.
        """
        return _Count(self._named, most).of(self._whole)


class _Count:
    def __init__(self, named: dict[str, _Element], most: int) -> None:
        self._named = named
        self._most = most
        self._known: dict[str, int] = {}
        self._depth = 0

    def of(self, element: _Element) -> int:
        total = element.own
        for name in element.shown:
            if name in self._named:
                total += self._one(name)
            if total > self._most:
                break
        return total

    def _one(self, name: str) -> int:
        if name in self._known:
            return self._known[name]
        self._known[name] = self._most + 1  # as long as it is being counted: a circle
        if self._depth < DEEPEST:
            self._depth += 1
            self._known[name] = self.of(self._named[name])
            self._depth -= 1
        return self._known[name]


def _shown(element: str, attributes: dict[str, str]) -> list[str]:
    """Names of what is drawn once more: by `use`, or as a mask, marker, pattern and the like."""
    names = []
    for name, value in attributes.items():
        if element == "use" and name.rpartition(":")[2] == "href":
            names.append(value.strip().removeprefix("#"))
        elif "url(" in value:
            names += IN_STYLE.findall(value)
    return names
