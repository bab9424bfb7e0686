"""The frames of a source: one, or those of an animation."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from .failures import DECODER_ERRORS

DEFAULT_DURATION = 100
"""Milliseconds of a frame that tells none, as browsers show it."""


def frames_of(image: Image.Image, count: int) -> Iterator[tuple[Image.Image, int]]:
    """Each frame as it is shown (disposal done), with its duration in milliseconds.

    A still picture is given as it is, not yet decoded, so that a decoder may reduce it. An
    animation that is damaged after its first frame ends there.
    """
    if count == 1:
        yield image, 0
        return
    for number in range(count):
        try:
            image.seek(number)
            image.load()
        except DECODER_ERRORS:
            if number == 0:
                raise
            return
        yield image.copy(), int(image.info.get("duration") or DEFAULT_DURATION)


def loop_of(image: Image.Image) -> int | None:
    """How often the animation is repeated, 0 for ever; None if the source does not say."""
    loop = image.info.get("loop")
    return loop if isinstance(loop, int) else None
