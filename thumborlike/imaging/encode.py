"""From a picture to bytes: modes and metadata for each format; `options` has the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from PIL import Image

from ..formats import FORMATS
from ..job import Output
from ..records import replace
from ..settings.sections import EncodingSettings
from . import decoders, png_writer
from .animation import animation_options, carries, gif_of, merged
from .buffers import buffer_for
from .color import PALETTE, eight_bit, fitting, has_transparency_entry
from .failures import encoding
from .metadata import exif_for, kept_exif, with_segment
from .options import AVIF_SPEED, LOSSLESS, OPTIONS, Options
from .picture import Origin, Picture
from .quantise import quantised
from .search import smallest_or_best

INDEXED = frozenset({"png", "gif"})
LOSSY = frozenset({"jpeg", "webp", "avif", "heif", "jxl"})
HEIF_QUALITY = 75


def encode(
    picture: Picture,
    name: str,
    output: Output,
    settings: EncodingSettings,
    oriented: bool,
    *,
    quirks: bool = False,
) -> bytes:
    """The picture in the format `name`. `oriented`: whether an EXIF orientation was undone.

    `quirks`: with the effort that Thumbor 7.8 leaves to the AVIF encoder.

    Raises `BrokenImage` if the encoder gives up.
    """
    picture = _carried(picture, name)
    if not output.format and picture.origin.format not in INDEXED:
        picture = _without_palette(picture)
    if picture.animated and name == "gif":
        with encoding(name):
            return gif_of(picture)
    frames = _prepared(picture, name, settings)
    exif = kept_exif(picture.origin, settings, output, oriented)
    icc = None if output.strip_icc else fitting(picture.origin.icc, frames[0].mode)
    shared = _metadata(name, icc, exif_for(name, exif), picture.origin.comment)
    if picture.animated:
        shared |= animation_options(name, picture, frames)

    def at(quality: int) -> bytes:
        options = OPTIONS[name](frames[0], picture.origin, settings, quality)
        if name == "avif" and not quirks:
            options.setdefault("speed", AVIF_SPEED)
        if output.lossless:
            options |= LOSSLESS.get(name, {})
        return _save(frames[0], name, {**shared, **options})

    quality = quality_of(output.format or name, output, settings)
    if output.max_bytes is not None and name in LOSSY and not _exact(name, output):
        body = smallest_or_best(at, quality, output.max_bytes)
    else:
        body = at(quality)
    iptc = picture.origin.iptc
    return with_segment(body, iptc) if iptc and name == "jpeg" else body


def quality_of(name: str, output: Output, settings: EncodingSettings) -> int:
    """1 to 100: `quality()`, else the format's own setting, else QUALITY.

    Thumbor 7.8: the format that `format()` asks for counts, even where its encoder is missing.
    """
    by_format = {
        "webp": settings.webp_quality,
        "avif": settings.avif_quality,
        "jxl": settings.jxl_quality,
        "heif": HEIF_QUALITY if settings.heif_quality is None else settings.heif_quality,
    }
    own = by_format.get(name)
    chosen = output.quality if output.quality is not None else own
    value = settings.quality if chosen is None else chosen
    return min(max(value, 1), 100)


def _exact(name: str, output: Output) -> bool:
    return output.lossless and name in LOSSLESS


def _save(image: Image.Image, name: str, options: Mapping[str, Any]) -> bytes:
    if decoders.writes(name):
        with encoding(name):
            return decoders.codec(name).save_image(image, options)
    if name == "png" and "save_all" not in options:
        with encoding(name):
            return png_writer.save(image, options)
    with encoding(name), buffer_for(name) as file:
        image.save(file, FORMATS[name].pillow, **options)
        file.seek(0)
        return file.read()


def _metadata(name: str, icc: bytes | None, exif: bytes | None, comment: bytes | None) -> Options:
    """Profile, Exif and comment, given openly so that nothing else of the source slips in."""
    options: Options = {}
    if name != "gif":
        if icc or name in ("png", "avif"):
            options["icc_profile"] = icc
        if exif:
            options["exif"] = exif
    if name == "jpeg" and comment:
        options["comment"] = comment
    return options


def _prepared(picture: Picture, name: str, settings: EncodingSettings) -> list[Image.Image]:
    # the frames of an APNG share one palette, which Pillow takes from the first
    prepare = _for_rgb if picture.animated else _PREPARE[name]
    return [prepare(frame, picture.origin, settings) for frame in picture.frames]


def _carried(picture: Picture, name: str) -> Picture:
    """All frames where the format carries them, else the first."""
    if picture.animated and carries(name, picture.origin.format):
        return merged(picture)
    return Picture(picture.frames[:1], picture.origin)


def _without_palette(picture: Picture) -> Picture:
    """Thumbor 7.8: only PNG and GIF sources get their palette back by themselves."""
    origin = picture.origin
    if origin.mode not in PALETTE or all(each.mode == origin.mode for each in picture.frames):
        return picture
    return replace(picture, origin=replace(origin, mode="RGB"))


def _clean(image: Image.Image) -> Image.Image:
    """Only the transparency entry stays: encoders would take other leftovers of the source."""
    entry = image.info.get("transparency")
    image.info = {} if entry is None else {"transparency": entry}
    return image


def _for_jpeg(image: Image.Image, origin: Origin, settings: EncodingSettings) -> Image.Image:
    """RGB; transparency is dropped without a matte (Thumbor 7.8)."""
    image = eight_bit(image)
    return _clean(image if image.mode == "RGB" else image.convert("RGB"))


def _for_rgb(image: Image.Image, origin: Origin, settings: EncodingSettings) -> Image.Image:
    """RGB or RGBA; a transparent colour becomes alpha."""
    image = eight_bit(image)
    if image.mode in ("RGB", "RGBA") and not has_transparency_entry(image):
        return _clean(image)
    alpha = "A" in image.getbands() or has_transparency_entry(image)
    return _clean(image.convert("RGBA" if alpha else "RGB"))


def _for_png(image: Image.Image, origin: Origin, settings: EncodingSettings) -> Image.Image:
    return _clean(_indexed_again(image, origin, settings))


def _for_tiff(image: Image.Image, origin: Origin, settings: EncodingSettings) -> Image.Image:
    """As for PNG; but there are no transparent entries in palettes."""
    clear = "A" in image.getbands() or has_transparency_entry(image)
    if clear or image.mode == "CMYK":
        return _for_rgb(image, origin, settings)
    return _clean(_indexed_again(image, origin, settings))


def _for_gif(image: Image.Image, origin: Origin, settings: EncodingSettings) -> Image.Image:
    """One transparent colour at most: shades of alpha in a palette go through RGBA."""
    image = _indexed_again(eight_bit(image), origin, settings)
    if isinstance(image.info.get("transparency"), bytes):
        image = image.convert("RGBA")
    return _clean(image)


def _indexed_again(image: Image.Image, origin: Origin, settings: EncodingSettings) -> Image.Image:
    """Sources with a palette, or of one bit, become so again (PILLOW_PRESERVE_INDEXED_MODE).

    Thumbor 7.8: one bit by error diffusion; palettes as `quantised` tells.
    CMYK sources come out as RGBA.
    """
    if origin.mode == "CMYK" and image.mode == "RGB":
        return image.convert("RGBA")
    if not settings.pillow_preserve_indexed_mode or image.mode == origin.mode:
        return image
    if origin.mode == "1":
        return image.convert("1")
    if origin.mode != "P":
        return image
    quantisable = image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGBA")
    return quantised(quantisable, 256)


Prepare = Callable[[Image.Image, Origin, EncodingSettings], Image.Image]

_PREPARE: Mapping[str, Prepare] = MappingProxyType(
    {
        "jpeg": _for_jpeg,
        "png": _for_png,
        "webp": _for_rgb,
        "avif": _for_rgb,
        "gif": _for_gif,
        "heif": _for_rgb,
        "jxl": _for_rgb,
        "tiff": _for_tiff,
    }
)
