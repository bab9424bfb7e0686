"""What each format needs of an animation: equal frames merged, durations, loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from .color import eight_bit
from .gif import animated_gif
from .palettes import indexed
from .picture import Picture

CARRIERS = frozenset({"gif", "webp", "avif", "png"})
"""Formats whose encoder writes animations."""

LONGEST_GIF = 655_350
LEAST_GIF = 20
"""Milliseconds of a GIF frame: browsers show shorter ones for 100."""


def carries(name: str, origin_format: str) -> bool:
    """Whether an animation of that origin stays one in the format `name`.

    PNG only from PNG: who asks for a PNG of a GIF wants a still (Thumbor 7.8).
    """
    return name in CARRIERS and (name != "png" or origin_format == "png")


def merged(picture: Picture) -> Picture:
    """Equal neighbouring frames as one that is shown as long as all of them."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    for frame, duration in zip(picture.frames, picture.durations, strict=True):
        if frames and _equal(frames[-1], frame):
            durations[-1] += duration
        else:
            frames.append(frame)
            durations.append(duration)
    return Picture(tuple(frames), picture.origin, tuple(durations), picture.loop)


def animation_options(name: str, picture: Picture, frames: list[Image.Image]) -> dict[str, Any]:
    """The encoder's options for all frames, which are prepared already; not for GIF."""
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": frames[1:],
        "duration": list(picture.durations),
    }
    if name in ("webp", "png"):
        options["loop"] = plays_of(picture.loop)
    return options


def gif_of(picture: Picture) -> bytes:
    """The picture, whose equal neighbours are merged, as an animated GIF."""
    least = 1 if picture.origin.format == "gif" else LEAST_GIF
    frames = indexed([eight_bit(frame) for frame in picture.frames])
    return animated_gif(frames, hundredths(picture.durations, least), picture.loop)


def plays_of(loop: int | None) -> int:
    """GIF tells how often to repeat, WebP and APNG how often to play; 0 is for ever in all."""
    if loop is None:
        return 1
    return min(loop + 1, 0xFFFF) if loop else 0


def hundredths(durations: Sequence[int], least: int) -> list[int]:
    """Milliseconds in steps of 10, none below `least`; rounding errors do not add up."""
    done, wanted, steps = 0, 0, []
    for duration in durations:
        wanted += duration
        step = max(round((wanted - done) / 10) * 10, 10, least)
        steps.append(min(step, LONGEST_GIF))
        done += steps[-1]
    return steps


def _equal(first: Image.Image, second: Image.Image) -> bool:
    """By pixels; palettes are compared where both have one."""
    if first.mode != second.mode or first.getpalette() != second.getpalette():
        first, second = first.convert("RGBA"), second.convert("RGBA")
    return first.tobytes() == second.tobytes()
