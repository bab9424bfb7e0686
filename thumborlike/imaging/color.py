"""Modes and profiles: how a source's pixels become ones that filters and encoders take."""

from __future__ import annotations

import functools
import io
from types import MappingProxyType

from PIL import Image, ImageCms

from .failures import DECODER_ERRORS

PLAIN = frozenset({"RGB", "RGBA", "L", "LA", "P", "1", "I;16"})
"""Modes that are resized and kept as they are."""

PALETTE = frozenset({"P", "1"})
WIDE_GREYS = frozenset({"I", "I;16B", "I;16L", "I;16N"})
"""Greys of more than 8 bits that count as 16-bit ones."""

RGB_PIXELS = frozenset({"RGB", "RGBA", "P"})
GREY_PIXELS = frozenset({"L", "LA", "I;16"})

STRAIGHT = MappingProxyType({"La": "LA", "RGBa": "RGBA", "PA": "RGBA"})


def expanded(image: Image.Image) -> Image.Image:
    """A mode that can be resized: palettes become RGB, or RGBA if they have transparency.

    One bit becomes RGB; its transparent colour stays an entry, for alpha finds no way back.
    """
    if image.mode not in PALETTE:
        return image
    if image.mode == "1":
        return image.convert("RGB")
    return in_rgba(image) if has_transparency_entry(image) else image.convert("RGB")


def in_rgba(image: Image.Image) -> Image.Image:
    """RGBA, by way of a copy: Pillow spoils the palette of one that has a transparent entry."""
    return image.copy().convert("RGBA")


def has_transparency_entry(image: Image.Image) -> bool:
    """Whether the file declares a transparent colour or palette entry."""
    return "transparency" in image.info


def displayable(image: Image.Image, icc: bytes | None) -> Image.Image:
    """The picture in a plain mode. CMYK goes through its profile if it has one.

    Thumbor 7.8 converts CMYK by formula but leaves the CMYK profile on the result, and fails
    for LAB and float sources.
    """
    if image.mode in PLAIN:
        return image
    if image.mode == "CMYK" and icc:
        return _by_profile(image, icc) or image.convert("RGB")
    if image.mode in WIDE_GREYS:
        return image.convert("I").convert("I;16")
    if image.mode == "F":
        return _grey_of_floats(image)
    return image.convert(STRAIGHT.get(image.mode, "RGB"))


def eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey as 8-bit grey over its whole range. Thumbor 7.8 turns nearly all white."""
    if not image.mode.startswith("I;16"):
        return image
    return image.convert("I").point(_scale_down).convert("L")


def has_visible_transparency(image: Image.Image) -> bool:
    """Whether any pixel is not opaque (Thumbor 7.8: alpha or a transparency entry, below 255)."""
    if "A" not in image.getbands() and not has_transparency_entry(image):
        return False
    alpha = image if "A" in image.getbands() else in_rgba(image)
    lowest = alpha.getchannel("A").getextrema()[0]
    return isinstance(lowest, (int, float)) and lowest < 255


def fitting(icc: bytes | None, mode: str) -> bytes | None:
    """The profile if it describes pixels of this mode: on others it would show wrong colours."""
    space = icc[16:20] if icc else b""
    fits = RGB_PIXELS if space == b"RGB " else GREY_PIXELS if space == b"GRAY" else ()
    return icc if mode in fits else None


def _by_profile(image: Image.Image, icc: bytes) -> Image.Image | None:
    """Pixels in sRGB by the source's profile; None if the profile is unusable."""
    if icc[16:20] != b"CMYK":
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(
            image,
            source,
            _srgb(),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, *DECODER_ERRORS):
        return None


@functools.lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _scale_down(value: float) -> float:
    return value * (1 / 257) + 0.5


def _scale_up(value: float) -> float:
    return value * 255 + 0.0


def _grey_of_floats(image: Image.Image) -> Image.Image:
    """Grey of 0 to 1, or of 0 to 255 where a value is above 1. Thumbor 7.8 fails."""
    _, highest = image.getextrema()
    unit = isinstance(highest, (int, float)) and highest <= 1
    return (image.point(_scale_up) if unit else image).convert("L")
