"""JPEG XL through pyjpegxl."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyjpegxl
from PIL import Image

from ..settings.sections import ImagingSettings
from .deferred import Deferred
from .tiff import PREFIX, upright_exif

MODES = {(1, False): "L", (3, False): "RGB", (3, True): "RGBA", (1, True): "LA"}
"""Colour channels, alpha -> mode."""

SPEEDS = (
    "Lightning", "Thunder", "Falcon", "Cheetah", "Hare", "Wombat", "Squirrel", "Kitten", "Tortoise",
)  # fmt: skip
"""The encoder's names of the efforts 1 to 9."""

WORST = 15.0
"""The largest distance that the encoder takes."""

# one thread a picture: the server's workers are what uses the cores
pyjpegxl.set_num_threads(1)


def open_image(body: bytes, imaging: ImagingSettings) -> Image.Image:
    """The picture with eight bits a channel, turned upright by its decoder."""
    header = pyjpegxl.probe(body)
    mode = MODES[header.num_color_channels, header.has_alpha]

    def decoded(size: tuple[int, int]) -> Image.Image:
        return Image.frombytes(mode, size, pyjpegxl.decode(body, dtype="uint8")[1])

    image = Deferred(mode, (header.width, header.height), decoded)
    if header.icc:
        image.info["icc_profile"] = header.icc
    if header.exif:
        image.info["exif"] = _prefixed(upright_exif(header.exif))
    return image


def save_image(image: Image.Image, options: Mapping[str, Any]) -> bytes:
    """`options`: quality (100 is lossless), effort (1 to 9), icc_profile, exif."""
    distance = distance_of(options["quality"])
    exif = options.get("exif")
    written: bytes = pyjpegxl.encode(
        image.tobytes(),
        *image.size,
        lossless=distance == 0,
        quality=distance,
        speed=getattr(pyjpegxl.EncoderSpeed, SPEEDS[options["effort"] - 1]),
        num_channels=len(image.getbands()),
        icc=options.get("icc_profile"),
        exif=exif.removeprefix(PREFIX) if exif else None,
    )
    return written


def distance_of(quality: int) -> float:
    """JPEG's scale as the distance that looks alike (libjxl's own rule): 90 is 1, 100 is 0."""
    if quality >= 100:
        return 0.0
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return min(53 / 3000 * quality**2 - 23 / 20 * quality + 25, WORST)


def _prefixed(block: bytes) -> bytes:
    return block if block.startswith(PREFIX) else PREFIX + block
