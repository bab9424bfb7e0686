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
STRAIGHT = MappingProxyType({"La": "LA", "RGBa": "RGBA", "PA": "RGBA"})


def expanded(image: Image.Image) -> Image.Image:
    """A mode that can be resized: palettes become RGB, or RGBA if they have transparency."""
    if image.mode not in PALETTE:
        return image
    return image.convert("RGBA" if has_transparency_entry(image) else "RGB")


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
    if image.mode.startswith("I;16"):
        return image.convert("I;16")
    if image.mode in ("I", "F"):
        return image.convert("L")
    return image.convert(STRAIGHT.get(image.mode, "RGB"))


def eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey as 8-bit grey over its whole range. Thumbor 7.8 turns nearly all white."""
    if not image.mode.startswith("I;16"):
        return image
    return image.convert("I").point(_HIGH_BYTE).convert("L")


def has_visible_transparency(image: Image.Image) -> bool:
    """Whether any pixel is not opaque (Thumbor 7.8: alpha or a transparency entry, below 255)."""
    if "A" not in image.getbands() and not has_transparency_entry(image):
        return False
    alpha = image if "A" in image.getbands() else image.convert("RGBA")
    lowest = alpha.getchannel("A").getextrema()[0]
    return isinstance(lowest, (int, float)) and lowest < 255


def fits_rgb(icc: bytes | None) -> bytes | None:
    """The profile if it describes RGB; a CMYK or grey one would be wrong on RGB pixels."""
    return icc if icc and icc[16:20] == b"RGB " else None


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


_HIGH_BYTE = _scale_down
