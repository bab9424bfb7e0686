"""What metrics may be able to do besides counting."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Gauges(Protocol):
    """Extra ability of metrics: levels, that go up and down."""

    def gauge(self, name: str, value: float) -> None:
        """How it stands now, in this process."""
        ...


@runtime_checkable
class Listens(Protocol):
    """Extra ability of metrics: they tell when nobody looks at them, which saves the counting."""

    def listened(self) -> bool:
        """Whether what is counted now is seen by anybody."""
        ...
