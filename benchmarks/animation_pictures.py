"""The animations that `benchmarks.animation` asks for: drawn once, of several kinds."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageSequence
from PIL.GifImagePlugin import getdata

SIZE = (480, 360)
FRAMES = 40
COPIES = 16
"""Names under which each lies on disk, so that no two requests in flight are equal."""

DURATIONS = tuple((40, 70, 100, 60)[number % 4] for number in range(FRAMES))
"""Milliseconds of the frames."""
KEEP, CLEAR, RESTORE = 1, 2, 3
"""What a GIF does with a frame before the next one is drawn."""

Part = tuple[Image.Image, tuple[int, int], int]
"""A frame with its palette, where it lies, and its disposal."""


def make_animations(folder: Path) -> None:
    """Draw what is missing in the folder, and give each animation its names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawn in KINDS.items():
        first = folder / f"{name}.gif"
        if not first.exists():
            part = first.with_suffix(".part")
            part.write_bytes(_file(list(drawn())))
            part.replace(first)
        for copy in range(COPIES):
            other = folder / f"{name}-{copy}.gif"
            other.unlink(missing_ok=True)
            os.link(first, other)


def _file(parts: Sequence[Part]) -> bytes:
    """A GIF that repeats for ever; each frame has its own table of colours."""
    pieces = [b"GIF89a", SIZE[0].to_bytes(2, "little"), SIZE[1].to_bytes(2, "little"), bytes(3)]
    pieces.append(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
    for (image, offset, disposal), duration in zip(parts, DURATIONS, strict=True):
        more = {} if image.info.get("transparency") is None else dict(image.info)
        told = {"duration": duration, "disposal": disposal, "include_color_table": True}
        pieces += getdata(image, offset, **{**more, **told})
    return b"".join(pieces) + b";"


def _cartoon() -> Iterator[Part]:
    """Flat shapes in a few colours: nothing but edges has mixtures."""
    for number in range(FRAMES):
        image = Image.new("RGB", SIZE, (250, 244, 220))
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 280, 480, 360), fill=(120, 190, 90))
        pen.ellipse((340, 30, 420, 110), fill=(250, 200, 60))
        x, y = 20 + number * 9, 200 - abs(math.sin(number / 4)) * 120
        pen.ellipse((x, y, x + 90, y + 90), fill=(220, 60, 50), outline=(40, 20, 20), width=5)
        pen.ellipse((x + 25, y + 25, x + 37, y + 40), fill=(255, 255, 255))
        pen.rectangle((400 - number * 6, 250, 460 - number * 6, 300), fill=(60, 90, 180))
        yield image.quantize(32, dither=Image.Dither.NONE), (0, 0), KEEP


def _scene() -> Image.Image:
    """Smooth light with soft shapes in it."""
    width, height = SIZE
    fall, round_ = Image.linear_gradient("L").resize(SIZE), Image.radial_gradient("L").resize(SIZE)
    image = Image.merge("RGB", (fall, ImageChops.invert(round_), ImageChops.invert(fall)))
    pen = ImageDraw.Draw(image)
    for number in range(24):
        x, y, r = number * 97 % width, number * 61 % height, 12 + number * 7 % 40
        color = (number * 53 % 256, number * 101 % 256, number * 29 % 256)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=color)
    return image.filter(ImageFilter.GaussianBlur(3))


def _grainy(image: Image.Image, strength: float) -> Image.Image:
    grain = Image.effect_noise(image.size, strength)
    return Image.merge("RGB", [ImageChops.add(band, grain, 1, -128) for band in image.split()])


def _film() -> Iterator[Part]:
    """A camera that moves over a scene, with other grain in each frame: all pixels change."""
    scene = _scene().resize((560, 420), Image.Resampling.BICUBIC)
    for number in range(FRAMES):
        view = scene.crop((number * 2, number, number * 2 + SIZE[0], number + SIZE[1]))
        yield _grainy(view, 12).quantize(256), (0, 0), KEEP


def _fade() -> Iterator[Part]:
    """Smooth slopes whose colours turn: the hardest for a palette."""
    fall, across = Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90)
    for number in range(FRAMES):
        turn = Image.new("L", fall.size, 255 * number // FRAMES)
        hue = ImageChops.add_modulo(fall, turn)
        soft = across.point([100 + value // 2 for value in range(256)])
        image = Image.merge("HSV", (hue, soft, ImageChops.invert(across).point(_lighter)))
        yield image.convert("RGB").resize(SIZE).quantize(256), (0, 0), KEEP


def _lighter(value: float) -> float:
    return value * 0.5 + 127


def _screen() -> Iterator[Part]:
    """A still scene in which a small part changes: partial frames over what is there."""
    scene = _grainy(_scene(), 6)
    yield scene.quantize(256), (0, 0), KEEP
    for number in range(1, FRAMES):
        left, top = 40 + number * 8, 150 + number % 7 * 5
        part = scene.crop((left - 8, 142, left + 72, 262))
        spot = (8, top - 142, 71, top - 79)
        ImageDraw.Draw(part).ellipse(spot, fill=(240, 200, 40), outline=(0, 0, 0))
        yield part.quantize(256), (left - 8, 142), KEEP


def _sticker() -> Iterator[Part]:
    """A figure that turns on a clear ground; the ground is cleared after each frame."""
    for number in range(FRAMES):
        image = Image.new("RGBA", (240, 240))
        pen = ImageDraw.Draw(image)
        angle = number * 9
        pen.pieslice((20, 20, 220, 220), angle, angle + 300, fill=(240, 90, 140, 255))
        pen.ellipse((70, 70, 170, 170), fill=(255, 255, 255, 255), outline=(60, 20, 80, 255))
        pen.pieslice((90, 90, 150, 150), -angle, -angle + 200, fill=(60, 120, 220, 255))
        yield _clear_indexed(image), (60 + number * 3, 60), CLEAR


def _sprites() -> Iterator[Part]:
    """Figures with holes over a scene that comes back after each frame."""
    yield _scene().quantize(256), (0, 0), KEEP
    for number in range(1, FRAMES):
        image = Image.new("RGBA", (160, 120))
        pen = ImageDraw.Draw(image)
        pen.ellipse((10, 10, 150, 110), outline=(255, 255, 255, 255), width=14)
        pen.ellipse((60, 40 + number % 5 * 4, 100, 80), fill=(20, 20, 20, 255))
        yield _clear_indexed(image), (number * 8, 60 + number * 4), RESTORE


def _clear_indexed(image: Image.Image) -> Image.Image:
    """With a palette whose last colour is clear."""
    small = image.convert("RGB").quantize(63)
    small.paste(63, mask=image.getchannel("A").point([255] * 128 + [0] * 128))
    small.putpalette((small.getpalette() or [])[: 63 * 3] + [0] * (193 * 3))
    small.info["transparency"] = 63
    return small


KINDS: dict[str, Callable[[], Iterator[Part]]] = {
    "cartoon": _cartoon,
    "film": _film,
    "fade": _fade,
    "screen": _screen,
    "sticker": _sticker,
    "sprites": _sprites,
}
"""The name of each animation, and what draws its frames."""


def shown(path_or_file: object) -> list[tuple[Image.Image, int]]:
    """Each frame of an animation as RGBA, with its milliseconds."""
    with Image.open(path_or_file) as image:  # type: ignore[arg-type]
        return [
            (frame.convert("RGBA"), round(frame.info.get("duration", 0)))
            for frame in ImageSequence.Iterator(image)
        ]
