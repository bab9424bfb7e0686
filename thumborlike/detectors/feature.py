"""What Thumbor calls `feature_detector`: here what catches the eye, as `saliency` finds it."""

from __future__ import annotations

from .saliency import create

__all__ = ["create"]
