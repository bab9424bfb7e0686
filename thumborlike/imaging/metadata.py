"""What a result keeps of its source besides pixels: profile, Exif, IPTC, comment."""

from __future__ import annotations

from PIL import Image

from ..job import Output
from ..settings.sections import EncodingSettings
from .failures import DECODER_ERRORS
from .picture import Origin
from .probe import exif_of, icc_of, parsed_exif
from .tiff import upright_exif

COPYRIGHT_TAGS = (0x013B, 0x8298, 0x0132)
"""Artist, Copyright, DateTime."""

LARGEST_SEGMENT = 0xFFFF - 2
"""Bytes that a JPEG segment has room for."""

APP0, APP1, APP13, START_OF_SCAN = 0xE0, 0xE1, 0xED, 0xDA


def origin_of(image: Image.Image, format_name: str, body: bytes, iptc: bool) -> Origin:
    """What is known of an opened source that its result may keep."""
    comment = image.info.get("comment")
    jpeg = format_name == "jpeg"
    return Origin(
        format=format_name,
        mode=image.mode,
        icc=icc_of(image),
        exif=exif_of(image),
        iptc=segment(body, APP13) if jpeg and iptc else None,
        comment=comment if jpeg and isinstance(comment, bytes) else None,
        sampling=_sampling(image) if jpeg else -1,
        tables=dict(getattr(image, "quantization", {})) if jpeg else None,
    )


def kept_exif(
    origin: Origin, settings: EncodingSettings, output: Output, oriented: bool
) -> bytes | None:
    """The Exif block for the result, None for none.

    Thumbor 7.8: nothing by default; PRESERVE_EXIF_INFO keeps the block, with orientation 1 if
    it was applied; PRESERVE_EXIF_COPYRIGHT_INFO keeps three tags, whatever `strip_exif()` says.
    """
    if settings.preserve_exif_copyright_info:
        return _copyright(origin.exif)
    if not settings.preserve_exif_info or output.strip_exif or not origin.exif:
        return None
    return upright_exif(origin.exif) if oriented else origin.exif


def exif_for(name: str, block: bytes | None) -> bytes | None:
    """The block if a file of this format can carry it; else it is dropped, not the picture."""
    if block is None or (name == "jpeg" and len(block) > LARGEST_SEGMENT):
        return None
    # the AVIF encoder takes the block apart and writes it anew
    return None if name == "avif" and _written(parsed_exif(block)) is None else block


def segment(jpeg: bytes, marker: int) -> bytes | None:
    """The first segment with this marker in a JPEG's header, marker and length included."""
    for found, start, end in _segments(jpeg):
        if found == marker:
            return jpeg[start:end]
    return None


def with_segment(jpeg: bytes, inserted: bytes) -> bytes:
    """The JPEG with one more segment behind its APP0 and APP1 ones."""
    position = 2
    for found, _, end in _segments(jpeg):
        if found not in (APP0, APP1):
            break
        position = end
    return jpeg[:position] + inserted + jpeg[position:]


def _segments(jpeg: bytes) -> list[tuple[int, int, int]]:
    """(marker, start, end) of the header's segments, as far as they are well formed."""
    found = []
    position = 2
    while position + 4 <= len(jpeg) and jpeg[position] == 0xFF:
        marker = jpeg[position + 1]
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if marker == START_OF_SCAN or end > len(jpeg) or end < position + 4:
            break
        found.append((marker, position, end))
        position = end
    return found


def _sampling(image: Image.Image) -> int:
    from PIL.JpegImagePlugin import get_sampling  # noqa: PLC0415

    return get_sampling(image)


def _copyright(block: bytes | None) -> bytes | None:
    exif = parsed_exif(block)
    if exif is None:
        return None
    kept = Image.Exif()
    for tag in COPYRIGHT_TAGS:
        if isinstance(value := exif.get(tag), str):
            kept[tag] = value
    return _written(kept) if len(kept) else None


def _written(exif: Image.Exif | None) -> bytes | None:
    """The block of these tags; None if they hold what no block can hold."""
    try:
        return None if exif is None else exif.tobytes()
    except (*DECODER_ERRORS, RecursionError):
        return None
