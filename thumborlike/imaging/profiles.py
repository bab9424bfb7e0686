"""From the colours of a profile to sRGB, for results that leave the profile out."""

from __future__ import annotations

import functools
import io
import logging

from PIL import Image, ImageCms

from .color import fitting, has_transparency_entry
from .failures import DECODER_ERRORS

log = logging.getLogger(__name__)

ALPHA = {"RGBA": "RGB", "LA": "L"}
"""Modes with alpha, and what is left without it."""


def in_srgb(image: Image.Image, icc: bytes | None, srgb_file: str | None) -> Image.Image:
    """The picture in sRGB (greys in its tone curve), which it already is without a profile.

    `icc` is the source's profile; one that does not describe these pixels, says that it is sRGB
    or cannot be used changes nothing. Nor are greys of 16 bits changed. `srgb_file` is
    SRGB_PROFILE.
    """
    if not icc or fitting(icc, image.mode) is None or image.mode == "I;16":
        return image
    if image.mode == "P":
        image = image.convert("RGBA" if has_transparency_entry(image) else "RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        return _converted(image, source, _srgb(srgb_file))
    except (ImageCms.PyCMSError, *DECODER_ERRORS) as error:
        log.info("a colour profile cannot be used: %s", error)
        return image


def _converted(
    image: Image.Image, source: ImageCms.ImageCmsProfile, srgb: ImageCms.ImageCmsProfile
) -> Image.Image:
    """Alpha stays as it is. Greys come out of the conversion with three equal channels."""
    opaque = image.convert(ALPHA[image.mode]) if image.mode in ALPHA else image
    made = ImageCms.profileToProfile(
        opaque,
        source,
        srgb,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if made is None:
        return image
    made = made.convert(opaque.mode)
    if image.mode in ALPHA:
        made.putalpha(image.getchannel("A"))
    made.info = dict(image.info)
    return made


@functools.lru_cache(maxsize=4)
def _srgb(path: str | None) -> ImageCms.ImageCmsProfile:
    if path:
        try:
            return ImageCms.ImageCmsProfile(path)
        except (ImageCms.PyCMSError, OSError) as error:
            log.warning("SRGB_PROFILE %s cannot be read: %s", path, error)
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
