"""Cascades of OpenCV 4, for those who have files of their own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thumborlike.interfaces import FocalPoint
from thumborlike.records import dataclass

if TYPE_CHECKING:
    from PIL.Image import Image

FACE = "Face Detection"
"""Thumbor 7.8: the origin of points that are faces."""

GROWTH, NEIGHBOURS, LEAST_SIDE = 1.2, 4, 20
"""Thumbor 7.8: how cascades are asked; a face has at least a 15th of the shorter side."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Finds what a cascade file describes."""

    path: str
    origin: str
    raised: float = 0.0

    @property
    def finds(self) -> tuple[str, ...]:
        """Faces, or whatever the file is for."""
        return ("face",) if self.origin == FACE else (self.origin,)

    def detect(self, image: Image) -> list[FocalPoint]:
        """A point for each find, weighing its area."""
        import numpy  # noqa: PLC0415  (in the worker alone)

        least = max(LEAST_SIDE, int(min(image.size) / 15))
        grey = numpy.asarray(image.convert("L"))
        boxes = _classifier(self.path).detectMultiScale(
            grey, GROWTH, NEIGHBOURS, minSize=(least, least)
        )
        return [self._point(*map(float, each)) for each in boxes]

    def _point(self, left: float, top: float, width: float, height: float) -> FocalPoint:
        raised = top - self.raised * height
        top = raised if raised >= 0 else top
        middle = left + width / 2, top + height / 2
        return FocalPoint(*middle, width * height, width, height, self.origin)


def with_cascade(path: str, origin: str, raised: float = 0.0) -> Cascade | None:
    """The detector of a cascade file; None if there is no such file, or no OpenCV that reads it."""
    if not Path(path).is_file() or not _reads_cascades():
        return None
    return Cascade(str(Path(path).resolve()), origin, raised)


def _reads_cascades() -> bool:
    try:
        import cv2  # noqa: PLC0415
    except ImportError:
        return False
    return hasattr(cv2, "CascadeClassifier")  # OpenCV 5 has none


@lru_cache(maxsize=8)
def _classifier(path: str) -> Any:
    import cv2  # noqa: PLC0415

    return cv2.CascadeClassifier(path)
