"""What each format needs of an animation: equal frames merged, durations, loops, palettes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageChops, ImageStat

from .picture import Picture

CARRIERS = frozenset({"gif", "webp", "avif", "png"})
"""Formats whose encoder writes animations."""

LONGEST_GIF = 655_350
LEAST_GIF = 20
"""Milliseconds of a GIF frame: browsers show shorter ones for 100."""

COLORS = 255
"""Of a shared palette: one entry is left for what is clear or unchanged."""

CLEAR = 255
SAMPLES = 8
SAMPLE_SIZE = (96, 72)
FARTHEST = 6.0
"""Mean distance per channel at which a frame gets colours of its own."""


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
    """The encoder's options for all frames, which are prepared already."""
    durations = list(picture.durations)
    if name == "gif":
        least = 1 if picture.origin.format == "gif" else LEAST_GIF
        durations = hundredths(durations, least)
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": frames[1:],
        "duration": durations,
    }
    if name == "gif":
        options |= _gif_options(picture.loop, frames)
    elif name in ("webp", "png"):
        options["loop"] = plays_of(picture.loop)
    return options


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


def indexed(frames: Sequence[Image.Image]) -> list[Image.Image]:
    """Frames for GIF. They share a palette; those that it does not suit get one of their own.

    Pixels below half opacity are clear. No dithering: it flickers from frame to frame, and
    noise takes room.
    """
    masks = [_clear_of(frame) for frame in frames]
    plain = [frame.convert("RGBA").convert("RGB") for frame in frames]
    shared, exact = _shared_palette(plain)
    any_clear = any(mask is not None for mask in masks)
    done = []
    for frame, mask in zip(plain, masks, strict=True):
        small = frame.quantize(palette=shared, dither=Image.Dither.NONE)
        if not exact and not any_clear and _distance(frame, small) > FARTHEST:
            small = frame.quantize(COLORS)
        if mask is not None:
            small.paste(CLEAR, mask=mask)
        small.info = {"transparency": CLEAR} if any_clear else {}
        done.append(small)
    return done


def _gif_options(loop: int | None, frames: list[Image.Image]) -> dict[str, Any]:
    options: dict[str, Any] = {} if loop is None else {"loop": loop}
    if any("transparency" in frame.info for frame in frames):
        # every frame starts on a clear ground: a pixel can become clear only so
        options |= {"disposal": 2, "transparency": CLEAR, "optimize": False}
    return options


def _equal(first: Image.Image, second: Image.Image) -> bool:
    """By pixels; palettes are compared where both have one."""
    if first.mode != second.mode or first.getpalette() != second.getpalette():
        first, second = first.convert("RGBA"), second.convert("RGBA")
    return first.tobytes() == second.tobytes()


def _clear_of(frame: Image.Image) -> Image.Image | None:
    """A mask of the pixels to be clear; None if all are opaque."""
    if "A" not in frame.getbands() and "transparency" not in frame.info:
        return None
    alpha = frame.convert("RGBA").getchannel("A")
    mask = alpha.point([255] * 128 + [0] * 128, "1")
    return mask if mask.getbbox() else None


def _shared_palette(frames: Sequence[Image.Image]) -> tuple[Image.Image, bool]:
    """A picture with the palette, and whether it has every colour of every frame."""
    colors: set[Any] = set()
    for frame in frames:
        found = frame.getcolors(COLORS)
        colors.update(color for _, color in found or ())
        if found is None or len(colors) > COLORS:
            return _sampled_palette(frames), False
    flat = [value for color in sorted(colors) for value in color]
    flat += flat[:3] * (256 - len(colors))
    holder = Image.new("P", (1, 1))
    holder.putpalette(flat)
    return holder, True


def _sampled_palette(frames: Sequence[Image.Image]) -> Image.Image:
    chosen = frames[:: max(len(frames) // SAMPLES, 1)][: SAMPLES + 1]
    sheet = Image.new("RGB", (SAMPLE_SIZE[0], SAMPLE_SIZE[1] * len(chosen)))
    for row, frame in enumerate(chosen):
        # nearest: mixtures are colours that no frame has
        small = frame.resize(SAMPLE_SIZE, Image.Resampling.NEAREST)
        sheet.paste(small, (0, row * SAMPLE_SIZE[1]))
    holder = sheet.quantize(COLORS)
    flat = holder.getpalette() or []
    holder.putpalette(flat + flat[:3] * (256 - len(flat) // 3))
    return holder


def _distance(frame: Image.Image, small: Image.Image) -> float:
    gap = ImageStat.Stat(ImageChops.difference(frame, small.convert("RGB"))).mean
    return sum(gap) / len(gap)
