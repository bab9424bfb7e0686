"""What the header of a source tells; nothing is decoded here."""

from __future__ import annotations

import io

from PIL import Image, features

from ..errors import NotAnImage, TooManyPixels, UnsupportedFormat
from ..geometry import SourceInfo
from ..settings.sections import ImagingSettings
from .failures import DECODER_ERRORS, decoding
from .formats import Format, sniff

ORIENTATION = 0x0112
LARGEST_EXIF = 1 << 17
"""Bytes of Exif that are parsed; more is dropped, the picture is served."""

EXTRAS = {"heif": "heif", "svg": "svg", "jxl": "jxl"}


def open_source(body: bytes, imaging: ImagingSettings) -> tuple[Image.Image, Format]:
    """The opened (not yet decoded) picture and its format, told by content alone.

    Raises `NotAnImage`, `UnsupportedFormat`, `BrokenImage`, `TooManyPixels`.
    """
    found = sniff(body)
    if found is None or not body:
        raise NotAnImage("the source is not a picture that can be read")
    _check_allowed(found, imaging)
    with decoding():
        image = Image.open(io.BytesIO(body), formats=[found.pillow])
    most = imaging.max_pixels
    if most and image.width * image.height > most:
        raise TooManyPixels("the source has more pixels than allowed")
    return image, found


def describe(image: Image.Image, found: Format, imaging: ImagingSettings) -> SourceInfo:
    """What the header says of an opened picture."""
    with decoding():
        return SourceInfo(
            format=found.name,
            width=image.width,
            height=image.height,
            mode=image.mode,
            orientation=_orientation(image, found, imaging.thumbor_quirks),
            frames=_frames(image, found, imaging),
        )


def probe(body: bytes, imaging: ImagingSettings) -> SourceInfo:
    """Format, size, mode, orientation and frames of a source."""
    return describe(*open_source(body, imaging), imaging)


def exif_of(image: Image.Image) -> bytes | None:
    """The raw Exif block of an opened picture, None if there is none of a sane size."""
    block = image.info.get("exif")
    return block if isinstance(block, bytes) and 0 < len(block) <= LARGEST_EXIF else None


def parsed_exif(block: bytes | None) -> Image.Exif | None:
    """Exif tags, or None if the block cannot be read."""
    if not block:
        return None
    exif = Image.Exif()
    try:
        exif.load(block)
        exif.get(ORIENTATION)
    except (*DECODER_ERRORS, RecursionError):  # damaged metadata is dropped
        return None
    return exif


def _check_allowed(found: Format, imaging: ImagingSettings) -> None:
    allowed = {name.lower() for name in imaging.allowed_source_formats}
    if found.name not in allowed:
        raise NotAnImage(f"{found.name} is not an allowed source format")
    if not found.pillow or not _decodes(found):
        raise UnsupportedFormat(f"there is no decoder for {found.name} installed")


def _decodes(found: Format) -> bool:
    if found.name in ("webp", "avif", "jp2"):
        module = {"jp2": "jpg_2000"}.get(found.name, found.name)
        return bool(features.check(module))
    Image.preinit()
    return found.pillow in Image.OPEN or (bool(Image.init()) and found.pillow in Image.OPEN)


def _orientation(image: Image.Image, found: Format, quirks: bool) -> int:
    """EXIF orientation, 1 to 8; anything else counts as 1.

    TIFF is turned by its decoder already. Thumbor 7.8 never turns WebP.
    """
    if found.name == "tiff" or (quirks and found.name == "webp"):
        return 1
    exif = parsed_exif(exif_of(image))
    value = exif.get(ORIENTATION) if exif else None
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _frames(image: Image.Image, found: Format, imaging: ImagingSettings) -> int:
    """Frames of an animated GIF; other formats count as one picture (Thumbor 7.8)."""
    if found.name != "gif":
        return 1
    frames = int(getattr(image, "n_frames", 1))
    if imaging.max_animation_frames and frames > imaging.max_animation_frames:
        raise TooManyPixels("the animation has more frames than allowed")
    pixels = frames * image.width * image.height
    if frames > 1 and imaging.max_animation_pixels and pixels > imaging.max_animation_pixels:
        raise TooManyPixels("the animation has more pixels than allowed")
    return frames
