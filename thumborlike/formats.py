"""The formats by name, media type and first bytes. No Pillow here: HTTP code reads this too."""

from __future__ import annotations

from types import MappingProxyType

from .records import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A picture (or video) format.

    `name` is the word used everywhere in this code; `pillow` is Pillow's name, "" where Pillow
    has none; `words` are what the `format()` filter calls it, in lower case.
    """

    name: str
    media_type: str
    pillow: str = ""
    words: tuple[str, ...] = ()


JPEG = Format("jpeg", "image/jpeg", "JPEG", ("jpeg", "jpg"))
PNG = Format("png", "image/png", "PNG", ("png",))
GIF = Format("gif", "image/gif", "GIF", ("gif",))
WEBP = Format("webp", "image/webp", "WEBP", ("webp",))
AVIF = Format("avif", "image/avif", "AVIF", ("avif",))
HEIF = Format("heif", "image/heif", "HEIF", ("heic", "heif"))
JXL = Format("jxl", "image/jxl", words=("jxl",))
TIFF = Format("tiff", "image/tiff", "TIFF", ("tiff", "tif"))
BMP = Format("bmp", "image/bmp", "BMP")
ICO = Format("ico", "image/x-icon", "ICO")
JP2 = Format("jp2", "image/jp2", "JPEG2000")
SVG = Format("svg", "image/svg+xml")
PDF = Format("pdf", "application/pdf")
MP4 = Format("mp4", "video/mp4")
WEBM = Format("webm", "video/webm")

FORMATS = MappingProxyType(
    {
        each.name: each
        for each in (
            JPEG,
            PNG,
            GIF,
            WEBP,
            AVIF,
            HEIF,
            JXL,
            TIFF,
            BMP,
            ICO,
            JP2,
            SVG,
            PDF,
            MP4,
            WEBM,
        )
    }
)
BY_WORD = MappingProxyType({word: each for each in FORMATS.values() for word in each.words})

_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")
_SVG_WITHIN = 2048


def named(word: str) -> Format | None:
    """The format that `format(word)` means, in any case; None if there is none."""
    return BY_WORD.get(word.lower())


def sniff(body: bytes) -> Format | None:
    """The format by the first bytes, in constant time; None for anything unknown.

    Thumbor 7.8: the same order of tests decides the source's type and the answer's.
    """
    return _by_signature(body) or _by_brand(body) or (SVG if _is_svg(body) else None)


def _by_signature(body: bytes) -> Format | None:
    for start, found in _SIGNATURES:
        if body.startswith(start):
            return found
    return WEBP if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else None


def _by_brand(body: bytes) -> Format | None:
    """ISO media files name their kind in the `ftyp` box."""
    if body[4:8] != b"ftyp":
        return None
    brand = body[8:12]
    if brand in _AVIF_BRANDS:
        return AVIF
    if brand in _HEIF_BRANDS:
        return AVIF if b"avif" in body[16:64] else HEIF
    return MP4


def _is_svg(body: bytes) -> bool:
    return b"<svg" in body[:_SVG_WITHIN].replace(b"\0", b"").lower()


_SIGNATURES = (
    (b"\xff\xd8", JPEG),
    (b"\xff\x0a", JXL),
    (b"\0\0\0\x0cJXL \r\n\x87\n", JXL),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF8", GIF),
    (b"\x00\x00\x00\x0cjP", JP2),
    (b"\xff\x4f\xff\x51", JP2),
    (b"\x1aE\xdf\xa3", WEBM),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"BM", BMP),
    (b"%PDF-", PDF),
    (b"\0\0\1\0", ICO),
)
