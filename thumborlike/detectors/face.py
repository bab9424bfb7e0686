"""Faces, by BlazeFace; or by a cascade of OpenCV's, where FACE_DETECTOR_CASCADE_FILE is a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thumborlike.interfaces import Detector, Environment, FocalPoint
from thumborlike.records import dataclass

from ._cascade import FACE, with_cascade
from .settings import CascadeSettings

if TYPE_CHECKING:
    from PIL.Image import Image

SETTINGS = CascadeSettings
RAISED = 0.12
"""Thumbor 7.8: a face's point lies higher by so much of its height, for the hair."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Needs numpy: `thumborlike[faces]`."""

    finds: tuple[str, ...] = ("face",)

    def detect(self, image: Image) -> list[FocalPoint]:
        """A point for each face, weighing its area."""
        from ._faces import faces_in  # noqa: PLC0415  (loads numpy, in the worker)

        return [_point(*each) for each in faces_in(image)]


def _point(left: float, top: float, width: float, height: float, score: float) -> FocalPoint:
    raised = top - RAISED * height
    top = raised if raised >= 0 else top
    middle = left + width / 2, top + height / 2
    return FocalPoint(*middle, width * height, width, height, FACE, score)


def create(env: Environment) -> Detector:
    """What `face_detector` asks for."""
    settings = env.section(CascadeSettings)
    return with_cascade(settings.face_detector_cascade_file, FACE, RAISED) or _own()


def _own() -> Faces:
    """Ours. Raises ModuleNotFoundError at start, rather than for each picture."""
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("numpy") is None:
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")
    return Faces()
