"""What can be told of the way of a picture: how long its stages took, what was decided."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..geometry import Plan, SourceInfo
    from ..job import Job, Output
    from .picture import Picture

Stages = tuple[tuple[str, float], ...]


class Stopwatch:
    """Takes the times of stages, in milliseconds. What is decided it does not keep."""

    def __init__(self) -> None:
        self._begun = perf_counter()
        self._ends: list[tuple[str, float]] = []
        self._filters: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """A stage has ended: `stages.STAGES` has their names."""
        self._ends.append((stage, perf_counter()))

    def ran(self, name: str, seconds: float) -> None:
        """A filter of this name has run on a frame."""
        self._filters[name] = self._filters.get(name, 0.0) + seconds

    @property
    def filters(self) -> Stages:
        """The filters that have run, each name once, with their milliseconds."""
        return tuple((name, round(each * 1000, 3)) for name, each in self._filters.items())

    @property
    def stages(self) -> Stages:
        """The stages so far, with their milliseconds."""
        begins = (self._begun, *(end for _, end in self._ends))
        pairs = zip(self._ends, begins, strict=False)
        return tuple((stage, round((end - begun) * 1000, 3)) for (stage, end), begun in pairs)

    def planned(self, info: SourceInfo, orders: Plan) -> None:
        """The header was read, boxes and sizes are known."""

    def chosen(self, picture: Picture, name: str, job: Job, output: Output) -> None:
        """The picture is drawn, and will be encoded in the format of this name."""
