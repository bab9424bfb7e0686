"""What each encoder is told: one function per format.

Thumbor 7.8 writes with these very options, so that JPEG, WebP and GIF results are byte-equal
where the pixels are; AVIF is made at another speed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from PIL import Image

from ..settings.sections import EncodingSettings
from .picture import Origin

Options = dict[str, Any]
Encoder = Callable[[Image.Image, Origin, EncodingSettings, int], Options]

SVT_SIDES = range(64, 4097)

AVIF_SPEED = 7
"""Half the time of Thumbor's 6, for files that are 2 to 4% larger: see docs/performance.md."""

ONE_THREAD = 1
"""For an encoder: the server's workers are what uses the cores."""


def _jpeg(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    options: Options = {
        "quality": quality,
        "optimize": True,
        "progressive": settings.progressive_jpeg,
    }
    if settings.pillow_jpeg_subsampling is not None:
        sampling = settings.pillow_jpeg_subsampling
        options["subsampling"] = origin.sampling if sampling == "keep" else sampling
    if settings.pillow_jpeg_qtables is not None:
        tables = settings.pillow_jpeg_qtables
        options["qtables"] = origin.tables if tables == "keep" else tables
        # libjpeg scales given tables by the quality: 50 leaves them as they are
        options["quality"] = 50 if options["qtables"] else quality
    return {key: value for key, value in options.items() if value is not None}


def _png(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    level = settings.png_compression_level
    return {} if level is None else {"compress_level": level}


def _webp(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    """Thumbor 7.8: quality 100 is lossless."""
    options: Options = {"quality": quality, "lossless": quality == 100}
    if settings.webp_method is not None:
        options["method"] = settings.webp_method
    return options


def _avif(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    codec = settings.avif_codec
    if codec == "svt" and not all(side in SVT_SIDES for side in image.size):
        codec = settings.avif_codec_fallback
    options: Options = {
        "quality": quality,
        "codec": codec,
        "subsampling": "4:2:0",
        "max_threads": ONE_THREAD,
    }
    if settings.avif_speed:
        options["speed"] = settings.avif_speed
    return options


def _gif(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    return {}


def _heif(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    return {"quality": quality}


def _jxl(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    return {"quality": quality, "effort": settings.jxl_effort}


def _tiff(image: Image.Image, origin: Origin, settings: EncodingSettings, quality: int) -> Options:
    """Without loss, in the compression that all readers know."""
    return {"compression": "tiff_adobe_deflate"}


LOSSLESS: Mapping[str, Options] = MappingProxyType(
    {
        "webp": {"lossless": True, "quality": 100, "exact": True},
        "avif": {"quality": 100, "subsampling": "4:4:4"},
        "jxl": {"quality": 100},
    }
)
"""What `lossless()` changes; the formats that are not here cannot or always do."""

OPTIONS: Mapping[str, Encoder] = MappingProxyType(
    {
        "jpeg": _jpeg,
        "png": _png,
        "webp": _webp,
        "avif": _avif,
        "gif": _gif,
        "heif": _heif,
        "jxl": _jxl,
        "tiff": _tiff,
    }
)
"""Format -> its options: of the picture, its origin, the settings and the quality."""
