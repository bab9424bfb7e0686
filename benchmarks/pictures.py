"""The sources: drawn once, kept in a folder, and linked under many names."""

from __future__ import annotations

import importlib.util
import io
import os
from pathlib import Path

from PIL import Image, ImageChops

from .rows import COPIES

MAKE = Path(__file__).resolve().parents[1] / "tests" / "pictures" / "make.py"
JPEGS = {"24mp.jpg": (6000, 4000), "2560.jpg": (2560, 1600), "800.jpg": (800, 600)}
PNGS = {"drawing.png": (1600, 1200)}
QUALITY = 88
BYTES_PER_PIXEL = 0.3
"""Of a JPEG, about what cameras and phones write; it decides how long decoding takes."""


def make_pictures(folder: Path) -> None:
    """Draw what is missing in the folder, and give each picture its names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in {**JPEGS, **PNGS}.items():
        first = folder / name
        if not first.exists():
            part = first.with_suffix(".part")
            part.write_bytes(_jpeg(size) if name in JPEGS else _png(size))
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


def _png(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    _photo(size).save(buffer, "PNG")
    return buffer.getvalue()


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
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
