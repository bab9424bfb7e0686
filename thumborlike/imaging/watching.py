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
        self._since = perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, stage: str) -> None:
        """A stage has ended: `stages.STAGES` has their names."""
        now = perf_counter()
        self._laps.append((stage, round((now - self._since) * 1000, 3)))
        self._since = now

    @property
    def stages(self) -> Stages:
        """The stages so far, with their milliseconds."""
        return tuple(self._laps)

    def planned(self, info: SourceInfo, orders: Plan) -> None:
        """The header was read, boxes and sizes are known."""

    def chosen(self, picture: Picture, name: str, job: Job, output: Output) -> None:
        """The picture is drawn, and will be encoded in the format of this name."""
