"""The sources: drawn once, kept in a folder, and linked under many names."""

from __future__ import annotations

import importlib.util
import io
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

from .rows import COPIES, OVERLAY

MAKE = Path(__file__).resolve().parents[1] / "tests" / "pictures" / "make.py"
JPEGS = {"24mp.jpg": (6000, 4000), "2560.jpg": (2560, 1600), "800.jpg": (800, 600)}
QUALITY, AVIF_QUALITY = 88, 70
BYTES_PER_PIXEL = 0.3
"""Of a JPEG, about what cameras and phones write; it decides how long decoding takes."""


def make_pictures(folder: Path) -> None:
    """Draw what is missing in the folder, and give each picture its names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawn in _DRAWN.items():
        first = folder / name
        if not first.exists():
            part = first.with_suffix(".part")
            part.write_bytes(drawn())
            part.replace(first)
        for copy in range(COPIES):
            _link(first, folder / f"{first.stem}-{copy}{first.suffix}")


def _link(first: Path, other: Path) -> None:
    if other.exists() and other.samefile(first):
        return
    other.unlink(missing_ok=True)
    os.link(first, other)


def _jpeg(size: tuple[int, int]) -> bytes:
    image = _photo(size)
    noise = _grain_for(image)
    return _encoded(_grainy(image, noise))


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _cutout(size: tuple[int, int]) -> Image.Image:
    """A photograph in a soft oval: opaque, half transparent and empty parts."""
    image = _photo(size)
    image.putalpha(Image.radial_gradient("L").resize(size).point(lambda v: min(255, 510 - 2 * v)))
    return image


def _mark() -> Image.Image:
    """A small picture with alpha, to lay over others."""
    image = Image.new("RGBA", (120, 40))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, 119, 39), 12, fill=(20, 30, 60, 160))
    pen.text((14, 8), "watermark", fill="white", font_size=18)
    return image


def _animation(size: tuple[int, int], frames: int) -> bytes:
    """A ball that flies over the photograph, as cameras and screens are recorded: 256 colours."""
    scene = _photo(size)
    pictures = []
    for number in range(frames):
        frame = scene.copy()
        x, y = size[0] * number // frames, size[1] // 3 + (number % 8) * 6
        ImageDraw.Draw(frame).ellipse((x, y, x + 40, y + 40), fill=(240, 80, 40))
        pictures.append(frame.quantize(256))
    first, *others = pictures
    return _saved(first, "GIF", save_all=True, append_images=others, duration=60, loop=0)


def _photo(size: tuple[int, int]) -> Image.Image:
    """The test pictures' photograph in any size."""
    spec = importlib.util.spec_from_file_location("benchmark_pictures", MAKE)
    if not spec or not spec.loader:
        raise FileNotFoundError(MAKE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    image: Image.Image = module.photo(size, 3)
    return image


def _grain_for(image: Image.Image) -> float:
    """The strength of grain that gives BYTES_PER_PIXEL, by halving, on a middle part."""
    width, height = (min(side, 1200) for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    part = image.crop((left, top, left + width, top + height))
    low, high = 0.0, 40.0
    for _ in range(7):
        middle = (low + high) / 2
        dense = len(_encoded(_grainy(part, middle))) / (width * height)
        low, high = (low, middle) if dense > BYTES_PER_PIXEL else (middle, high)
    return low


def _grainy(image: Image.Image, strength: float) -> Image.Image:
    grain = Image.effect_noise(image.size, strength)
    bands = [ImageChops.add(band, grain, offset=-128) for band in image.split()]
    return Image.merge("RGB", bands)


def _encoded(image: Image.Image) -> bytes:
    return _saved(image, "JPEG", quality=QUALITY)


_DRAWN: dict[str, Callable[[], bytes]] = {
    **{name: partial(_jpeg, size) for name, size in JPEGS.items()},
    "drawing.png": lambda: _saved(_photo((1600, 1200)), "PNG"),
    "alpha.png": lambda: _saved(_cutout((1200, 900)), "PNG"),
    "photo.webp": lambda: _saved(_photo((1600, 1200)), "WEBP", quality=QUALITY),
    "photo.avif": lambda: _saved(_photo((1600, 1200)), "AVIF", quality=AVIF_QUALITY),
    "moving.gif": lambda: _animation((320, 240), 16),
    OVERLAY: lambda: _saved(_mark(), "PNG"),
}
"""The name of each source, and how it is made."""
