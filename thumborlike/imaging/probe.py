"""What the header of a source tells; nothing is decoded here."""

from __future__ import annotations

import io
import struct

from PIL import Image, UnidentifiedImageError, features

from ..errors import NotAnImage, TooManyPixels, UnsupportedFormat
from ..formats import Format, sniff
from ..geometry import SourceInfo
from ..settings.sections import ImagingSettings
from . import decoders, png_reader
from .containers import Contents, contents
from .failures import DECODER_ERRORS, decoding
from .frames import count_of
from .tiff import ORIENTATION, PREFIX, bounded

LARGEST_EXIF = 1 << 17
"""Bytes of Exif that are parsed; more is dropped, the picture is served."""

LARGEST_PROFILE = 4 << 20
"""The same of colour profiles: printers' have up to three megabytes."""


def open_source(body: bytes, imaging: ImagingSettings) -> tuple[Image.Image, SourceInfo]:
    """The opened (not yet decoded) picture and what its header says; told by content alone.

    Raises `NotAnImage`, `UnsupportedFormat`, `BrokenImage`, `TooManyPixels`.
    """
    found = sniff(body)
    if found is None:
        raise NotAnImage("the source is not a picture that can be read")
    _check_allowed(found, imaging)
    quirks = imaging.thumbor_quirks
    inside = contents(body, found.name, imaging)
    _check_pixels(inside.size, inside.frames, imaging)
    with decoding():
        image = _opened(inside.body, found, imaging)
        info = SourceInfo(
            format=found.name,
            width=image.width,
            height=image.height,
            mode=image.mode,
            orientation=_orientation(image, found, inside, quirks),
            frames=count_of(image, found.name, inside.frames, quirks),
        )
    _check_frames(info.frames, imaging.max_animation_frames)
    _check_pixels(image.size, info.frames, imaging)
    return image, info


def probe(body: bytes, imaging: ImagingSettings) -> SourceInfo:
    """Format, size, mode, orientation and frames of a source."""
    return open_source(body, imaging)[1]


def icc_of(image: Image.Image) -> bytes | None:
    """The colour profile of an opened picture, None if there is none of a sane size."""
    block = image.info.get("icc_profile")
    return block if isinstance(block, bytes) and 0 < len(block) <= LARGEST_PROFILE else None


def exif_of(image: Image.Image) -> bytes | None:
    """The raw Exif block of an opened picture, None if there is none of a sane size."""
    block = image.info.get("exif")
    return block if isinstance(block, bytes) and 0 < len(block) <= LARGEST_EXIF else None


def parsed_exif(block: bytes | None) -> Image.Exif | None:
    """Exif tags, or None if the block cannot be read."""
    if not block:
        return None
    if not bounded(block.removeprefix(PREFIX)):
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
    if found.name not in decoders.EXTRAS and not (found.pillow and _decodes(found)):
        raise UnsupportedFormat(f"there is no decoder for {found.name} installed")


def _opened(body: bytes, found: Format, imaging: ImagingSettings) -> Image.Image:
    if found.name in decoders.EXTRAS:
        return decoders.codec(found.name).open_image(body, imaging)
    if found.name == "png":
        return png_reader.open_image(body)
    if found.name == "jpeg":
        return _jpeg(body)
    if found.name == "avif":
        _decode_in_one_thread()
    return Image.open(io.BytesIO(body), formats=[found.pillow])


def _jpeg(body: bytes) -> Image.Image:
    """One picture: Pillow would look for more in what a segment says."""
    from PIL.JpegImagePlugin import JpegImageFile  # noqa: PLC0415  (loads the codec)

    try:
        image = JpegImageFile(io.BytesIO(body))
    except (SyntaxError, IndexError, TypeError, struct.error) as error:
        raise UnidentifiedImageError("cannot identify image file") from error
    image.decodermaxblock = len(body)  # handed over whole, not copied together from blocks
    return image


def _decode_in_one_thread() -> None:
    """The server's workers are what uses the cores."""
    from PIL import AvifImagePlugin  # noqa: PLC0415  (loads the codecs)

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _decodes(found: Format) -> bool:
    if found.name in ("webp", "avif", "jp2"):
        module = {"jp2": "jpg_2000"}.get(found.name, found.name)
        return bool(features.check(module))
    Image.preinit()
    return found.pillow in Image.OPEN or (bool(Image.init()) and found.pillow in Image.OPEN)


def _check_pixels(size: tuple[int, int], frames: int, imaging: ImagingSettings) -> None:
    pixels = size[0] * size[1]
    if imaging.max_pixels and pixels > imaging.max_pixels:
        raise TooManyPixels("the source has more pixels than allowed")
    most = imaging.max_animation_pixels
    if frames > 1 and most and frames * pixels > most:
        raise TooManyPixels("the animation has more pixels than allowed")


def _check_frames(frames: int, most: int) -> None:
    if most and frames > most:
        raise TooManyPixels("the animation has more frames than allowed")


def _orientation(image: Image.Image, found: Format, inside: Contents, quirks: bool) -> int:
    """EXIF orientation, 1 to 8; anything else counts as 1. Extras turn themselves.

    Thumbor 7.8 never turns WebP.
    """
    if inside.orientation is not None:
        return inside.orientation
    if found.name in decoders.EXTRAS or (quirks and found.name == "webp"):
        return 1
    exif = parsed_exif(exif_of(image))
    value = exif.get(ORIENTATION) if exif else None
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
