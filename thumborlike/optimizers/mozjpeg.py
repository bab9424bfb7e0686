"""JPEG made smaller without loss by MozJPEG, in the process. The result is progressive.

Its work is linear in the pixels (50 ms a megapixel) and leaves the interpreter lock alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import mozjpeg_lossless_optimization as mozjpeg

from thumborlike.interfaces import Environment

from .settings import SETTINGS as SETTINGS  # noqa: PLC0414

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MozJpeg:
    """Has no settings."""

    def optimize(self, media_type: str, body: bytes) -> bytes | None:
        """The same picture with all its markers; None for other formats and at failures."""
        if media_type != "image/jpeg":
            return None
        try:
            smaller: bytes = mozjpeg.optimize(body, copy=mozjpeg.COPY_MARKERS.ALL)
        except (ValueError, RuntimeError, MemoryError) as error:
            log.warning("mozjpeg: %s", error)
            return None
        return smaller


def create(env: Environment) -> MozJpeg:
    """The optimizer."""
    return MozJpeg()
