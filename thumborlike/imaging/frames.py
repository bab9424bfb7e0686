"""The frames of a source: one, or those of an animation."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from ..job import Output
from .failures import DECODER_ERRORS

DEFAULT_DURATION = 100
"""Milliseconds of a frame that tells none, as browsers show it."""

ANIMATED_SOURCES = frozenset({"gif", "webp", "png", "avif"})


def count_of(image: Image.Image, name: str, known: int, quirks: bool) -> int:
    """Frames by the header; `known` is what was found before opening a GIF.

    Thumbor 7.8 animates GIF alone.
    """
    if name == "gif":
        return known
    if quirks or name not in ANIMATED_SOURCES:
        return 1
    return max(int(getattr(image, "n_frames", 1)) - _first_of(image), 1)


def wanted_frames(available: int, output: Output, animate: bool) -> tuple[int, int]:
    """Number of the first frame, from 0, and how many: `page()`, `max_frames()`, `cover()`."""
    if output.page is not None:
        return min(output.page, available) - 1, 1
    if output.cover or not animate:
        return 0, 1
    return 0, min(available, output.max_frames or available)


def show_first(image: Image.Image, first: int, count: int) -> None:
    """Decode the frame that is shown first of those wanted: not always the file's first."""
    if count > 1 or first:
        image.seek(first + _first_of(image))
    image.load()


def frames_of(image: Image.Image, first: int, count: int) -> Iterator[tuple[Image.Image, int]]:
    """Each frame as it is shown (disposal done), with its duration in milliseconds.

    The picture given is the decoder's own: it changes with the next one. A still picture is not
    yet decoded, so that a decoder may reduce it. An animation that is damaged after its first
    frame ends there.
    """
    if count == 1 and not first:
        yield image, 0
        return
    first += _first_of(image)
    for number in range(first, first + count):
        try:
            image.seek(number)
            image.load()
        except DECODER_ERRORS:
            if number == first:
                raise
            return
        yield image, round(image.info.get("duration") or DEFAULT_DURATION)


def loop_of(image: Image.Image) -> int | None:
    """How often the animation is repeated, 0 for ever; None if it is shown once.

    WebP and APNG count how often it is played. Pillow does not tell AVIF's, which is for ever
    almost always.
    """
    loop = image.info.get("loop")
    if image.format == "AVIF":
        return 0
    if not isinstance(loop, int) or image.format == "GIF":
        return loop if isinstance(loop, int) else None
    return loop - 1 or None if loop else 0


def _first_of(image: Image.Image) -> int:
    """1 for APNG whose still picture is not part of the animation."""
    return int(bool(image.format == "PNG" and getattr(image, "default_image", False)))
