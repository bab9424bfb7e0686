"""HEIC through pillow-heif, without registering it for all of the process."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pillow_heif
from PIL import Image
from pillow_heif.as_plugin import HeifImageFile

from ..settings.sections import ImagingSettings
from .resize import upright
from .tiff import upright_block

# one thread a picture: the server's workers are what uses the cores
pillow_heif.options.DECODE_THREADS = 1


def open_image(body: bytes, imaging: ImagingSettings) -> Image.Image:
    """The main picture of the file, turned upright by its decoder (Thumbor 7.8: always)."""
    open_heif: Callable[[io.BytesIO], Image.Image] = HeifImageFile
    return open_heif(io.BytesIO(body))


def save_image(image: Image.Image, options: Mapping[str, Any]) -> bytes:
    """HEVC in HEIF. `options`: quality, icc_profile, exif.

    HEIF knows no orientation tag: the one of `exif` is applied, so that the picture is seen as
    with the same Exif block in a JPEG. Thumbor 7.8 has it turned even without a block, or twice.
    """
    block, orientation = upright_block(options.get("exif") or b"")
    # given openly, or pillow-heif takes the block of the source
    shown = upright(image, orientation).copy()
    shown.info = {"exif": block or None}
    if options.get("icc_profile"):
        shown.info["icc_profile"] = options["icc_profile"]
    file = io.BytesIO()
    pillow_heif.from_pillow(shown).save(file, quality=options["quality"])
    return file.getvalue()
