"""What Thumbor calls `glasses_detector`: a cascade of one's own, or what `face` finds."""

from __future__ import annotations

from thumborlike.interfaces import Detector, Environment

from . import face
from ._cascade import with_cascade
from .settings import CascadeSettings

SETTINGS = CascadeSettings


def create(env: Environment) -> Detector:
    """The cascade of GLASSES_DETECTOR_CASCADE_FILE where there is one that can be read."""
    path = env.section(CascadeSettings).glasses_detector_cascade_file
    return with_cascade(path, "detection") or face.create(env)
