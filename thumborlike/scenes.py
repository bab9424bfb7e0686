"""Detectors that work elsewhere: what they see, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from .interfaces import FocalPoint
from .records import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture as detectors elsewhere see it.

    `name`: of the source, as loaders get it. `jpeg`: scaled down and turned upright.
    """

    name: str
    jpeg: bytes
    width: int
    height: int


@runtime_checkable
class RemoteDetector(Protocol):
    """Asks somebody else what matters in a picture. Runs in the server, on its event loop."""

    async def detect_elsewhere(self, scene: Scene) -> Sequence[FocalPoint]:
        """Points in pixels of the scene; empty if nothing is found.

        Raises `DetectionFailed`, or `DetectionQueued` where the answer comes later, into the
        storage's focal points.
        """
        ...
