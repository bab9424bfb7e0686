"""HEIC through pillow-heif, without registering it for all of the process."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pillow_heif
from PIL import Image
from pillow_heif.as_plugin import HeifImageFile

from ..settings.sections import ImagingSettings

# one thread a picture: the server's workers are what uses the cores
pillow_heif.options.DECODE_THREADS = 1


def open_image(body: bytes, imaging: ImagingSettings) -> Image.Image:
    """The main picture of the file, turned upright by its decoder (Thumbor 7.8: always)."""
    open_heif: Callable[[io.BytesIO], Image.Image] = HeifImageFile
    return open_heif(io.BytesIO(body))


def save_image(image: Image.Image, options: Mapping[str, Any]) -> bytes:
    """HEVC in HEIF. `options`: quality, icc_profile, exif."""
    image.info = {key: options[key] for key in ("icc_profile", "exif") if options.get(key)}
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=options["quality"])
    return file.getvalue()
