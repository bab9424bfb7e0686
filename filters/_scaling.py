"""Resizing inside a filter."""

from __future__ import annotations

from thumborlike.filtering import Frame

from ._views import resizable


def scaled(frame: Frame, size: tuple[int, int]) -> Frame:
    """The frame in another size. Raises TooManyPixels."""
    frame.check_size(size)
    return frame.with_image(resizable(frame.image).resize(size, frame.resample))
