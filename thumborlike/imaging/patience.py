"""Detectors are somebody else's: each call has a time budget, and whatever it raises is told."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from PIL import Image

from ..errors import DetectionFailed
from ..interfaces import Detector, FocalPoint

MOST_LATE = 2
"""Calls of one detector that may hang; it is not asked again until one of them ends."""


class Patience:
    """Calls detectors; counts those that are late."""

    def __init__(self) -> None:
        self._late: dict[int, int] = {}
        self._lock = threading.Lock()

    def ask(self, detector: Detector, image: Image.Image, seconds: float) -> Sequence[FocalPoint]:
        """What it finds; `seconds`: 0 for no limit. Raises `DetectionFailed`."""
        if self._late.get(id(detector), 0) >= MOST_LATE:
            raise DetectionFailed("it is still at work on earlier pictures")
        call = _Call(detector, image)
        if not seconds or getattr(detector, "quick", False):
            call.run()
            return call.outcome()
        thread = threading.Thread(target=self._run, args=(call,), daemon=True, name="detector")
        thread.start()
        thread.join(seconds)
        with self._lock:
            if not call.done:
                call.late = True
                self._late[id(detector)] = self._late.get(id(detector), 0) + 1
        if call.late:
            raise DetectionFailed(f"it took longer than {seconds:g} s")
        return call.outcome()

    def _run(self, call: _Call) -> None:
        call.run()
        with self._lock:
            call.done = True
            if call.late:
                self._late[id(call.detector)] -= 1


class _Call:
    def __init__(self, detector: Detector, image: Image.Image) -> None:
        self.detector = detector
        self.done = self.late = False
        self._image = image
        self._found: Sequence[FocalPoint] = ()
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._found = self.detector.detect(self._image)
        except Exception as error:
            self._error = error

    def outcome(self) -> Sequence[FocalPoint]:
        if self._error is not None:
            reason = str(self._error) or type(self._error).__name__
            raise DetectionFailed(f"it failed: {reason[:200]}") from self._error
        return self._found
