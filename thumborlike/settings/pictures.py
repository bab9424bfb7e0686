"""Settings of what is made of a picture: reading and resizing, encoding, choice of format.

The range of each key is Thumbor 7.8's where it has one; keys marked `ours` are not Thumbor's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ..records import dataclass
from .fields import setting

RESAMPLING = ("NEAREST", "BILINEAR", "BICUBIC", "LANCZOS", "HAMMING", "BOX")
SUBSAMPLING = (0, 1, 2, -1, "4:4:4", "4:2:2", "4:2:0", "4:1:1", "keep")
READ = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "ICO", "JP2", "HEIF", "JXL", "SVG")
DECODERS = (*READ, "PDF")
OUTPUTS = ("webp", "avif", "jpeg", "jpg", "png", "heif", "heic", "gif")
CODECS = ("auto", "aom", "rav1e", "svt")


def check_resampling(name: str) -> None:
    """Any case, as Thumbor 7.8, which however takes every unknown name for LANCZOS."""
    if name.upper() not in RESAMPLING:
        raise ValueError(f"one of {', '.join(RESAMPLING)}")


def check_decoders(names: Sequence[str]) -> None:
    """Each name must be a decoder's."""
    if not all(isinstance(name, str) and name.upper() in DECODERS for name in names):
        raise ValueError(f"a list of {', '.join(DECODERS)}")


def check_outputs(names: Sequence[str]) -> None:
    """Each name must be an output format's."""
    if not all(isinstance(name, str) and name.lower() in OUTPUTS for name in names):
        raise ValueError(f"a list of {', '.join(OUTPUTS)}")


def check_fonts(fonts: Mapping[str, str] | None) -> None:
    """Names and paths must be texts."""
    items = (fonts or {}).items()
    if not all(isinstance(each, str) for item in items for each in item):
        raise ValueError("a dictionary of names and paths")


@dataclass(frozen=True, slots=True)
class ImagingSettings:
    """What is read and how sizes are reached. Sides and areas in pixels, 0 for no limit."""

    max_width: int = setting(
        "MAX_WIDTH", 0, "No picture is made wider than this; 0 for no limit.", low=0
    )
    max_height: int = setting(
        "MAX_HEIGHT", 0, "No picture is made higher than this; 0 for no limit.", low=0
    )
    text_fonts: Mapping[str, str] | None = setting(
        "TEXT_FONTS",
        None,
        "Font files that `text` and `label` may use, by name: {'sans': '/fonts/Sans.ttf'}. Other "
        "names mean the built-in font.",
        check=check_fonts,
        ours=True,
    )
    max_pixels: int | None = setting(
        "MAX_PIXELS",
        75_000_000,
        "Width times height that a source may have, known before it is decoded. "
        "0 and None switch the limit off.",
        low=0,
    )
    max_output_pixels: int | None = setting(
        "MAX_OUTPUT_PIXELS",
        75_000_000,
        "Width times height that any step may create: resize, fill, upscale, rotate. "
        "0 and None switch the limit off.",
        low=0,
        ours=True,
    )
    respect_orientation: bool = setting(
        "RESPECT_ORIENTATION", False, "Turn sources upright as their Exif orientation says."
    )
    pillow_resampling_filter: str = setting(
        "PILLOW_RESAMPLING_FILTER",
        "LANCZOS",
        f"How pixels are resampled: {', '.join(RESAMPLING)}.",
        check=check_resampling,
    )
    linear_resize: bool = setting(
        "LINEAR_RESIZE",
        False,
        "Resize in linear light, in which fine bright detail keeps its brightness; several times "
        "slower, and JPEG is then decoded whole.",
        ours=True,
    )
    svg_dpi: int = setting(
        "SVG_DPI",
        150,
        "Dots per inch for PDF sources, and SVG sources that give sizes in physical units.",
        low=1,
    )
    allow_animated_gifs: bool = setting(
        "ALLOW_ANIMATED_GIFS", True, "Keep all frames of animated GIFs; off: the first only."
    )
    use_gifsicle_engine: bool | None = setting(
        "USE_GIFSICLE_ENGINE",
        False,
        "Thumbor's switch for the external gifsicle program.",
        ignored="GIFs are made in the process; OPTIMIZERS may name gifsicle to shrink them",
    )
    ignore_smart_errors: bool = setting(
        "IGNORE_SMART_ERRORS",
        False,
        "When a detector fails, serve the picture without focal points for MAX_AGE_TEMP_IMAGE "
        "instead of an error.",
    )
    smart_saliency: bool = setting(
        "SMART_SALIENCY",
        True,
        "Where no detector finds anything, `smart` keeps what catches the eye: edges, colours, "
        "skin. Off, as with THUMBOR_QUIRKS: the middle.",
        ours=True,
    )
    smart_face_padding: float = setting(
        "SMART_FACE_PADDING",
        0.2,
        "Of the sides of a found face, how much room `smart` keeps on each side of it where it "
        "can: hair, ears and chin.",
        low=0,
        high=2,
        ours=True,
    )
    smart_face_zoom: float = setting(
        "SMART_FACE_ZOOM",
        0.0,
        "Which part of the crop the found faces, with their padding, are to fill, from 0.1 to 1: "
        "`smart` goes closer to them, but never so that pixels are enlarged. 0: not closer.",
        low=0,
        high=1,
        ours=True,
    )
    detector_timeout_seconds: float = setting(
        "DETECTOR_TIMEOUT_SECONDS",
        2.0,
        "Seconds that a detector may take for one picture. 0: no limit of its own.",
        low=0,
        ours=True,
    )
    allowed_source_formats: tuple[str, ...] = setting(
        "ALLOWED_SOURCE_FORMATS",
        READ,
        "Formats that a source may have, told by content alone. HEIF, JXL, SVG and PDF need the "
        "extras of these names; PDF must be listed.",
        check=check_decoders,
        ours=True,
    )
    max_animation_frames: int = setting(
        "MAX_ANIMATION_FRAMES",
        2000,
        "Frames that an animated source may have; 0 for no limit.",
        low=0,
        ours=True,
    )
    max_animation_pixels: int = setting(
        "MAX_ANIMATION_PIXELS",
        250_000_000,
        "Frames times width times height of an animation, source and result alike; 0 for no limit.",
        low=0,
        ours=True,
    )
    max_jpeg_scans: int = setting(
        "MAX_JPEG_SCANS",
        100,
        "Scans that a JPEG may have: each goes over the whole picture, whatever its few bytes say. "
        "Encoders make 10 to 20; 0 for no limit.",
        low=0,
        ours=True,
    )
    thumbor_quirks: bool = setting(
        "THUMBOR_QUIRKS",
        False,
        "Repeat those defects of Thumbor 7.8 that pages may rely on: see "
        "docs/thumbor-differences.md.",
        ours=True,
    )


@dataclass(frozen=True, slots=True)
class EncodingSettings:
    """How results are encoded. Qualities are 1-100; None falls back as each key says."""

    quality: int = setting(
        "QUALITY", 80, "Quality of JPEG, and of other formats without a quality of their own.",
        low=1, high=100,
    )  # fmt: skip
    progressive_jpeg: bool = setting("PROGRESSIVE_JPEG", True, "Write JPEG in progressive scans.")
    pillow_jpeg_subsampling: int | str | None = setting(
        "PILLOW_JPEG_SUBSAMPLING",
        None,
        "Chroma subsampling of JPEG, `keep` for the source's, None for the encoder's choice.",
        choices=(None, *SUBSAMPLING),
    )
    pillow_jpeg_qtables: Sequence[Sequence[int]] | str | None = setting(
        "PILLOW_JPEG_QTABLES",
        None,
        "Quantisation tables of JPEG (lists of 64 numbers), a preset's name, or `keep` for the "
        "source's. They replace the quality.",
    )
    webp_quality: int | None = setting(
        "WEBP_QUALITY", None, "Quality of WebP; 100 is lossless, None means QUALITY.",
        low=0, high=100,
    )  # fmt: skip
    webp_method: int | None = setting(
        "WEBP_METHOD", None, "Effort of the WebP encoder: 0 is fastest, 6 smallest; None means 4.",
        low=0, high=6, ours=True,
    )  # fmt: skip
    avif_quality: int | None = setting(
        "AVIF_QUALITY", None, "Quality of AVIF; None means QUALITY.", low=0, high=100
    )
    avif_speed: int | None = setting(
        "AVIF_SPEED",
        None,
        "Speed of the AVIF encoder, 10 is fastest; 0 and None mean 7, and with THUMBOR_QUIRKS the "
        "encoder's own.",
        low=0,
        high=10,
    )
    avif_codec: Literal["auto", "aom", "rav1e", "svt"] = setting(
        "AVIF_CODEC", "auto", "Which AVIF encoder is used.", choices=CODECS
    )
    avif_codec_fallback: Literal["auto", "aom", "rav1e", "svt"] = setting(
        "AVIF_CODEC_FALLBACK",
        "auto",
        "AVIF encoder for pictures with a side outside 64-4096, which svt cannot make.",
        choices=CODECS,
    )
    heif_quality: int | None = setting(
        "HEIF_QUALITY", None, "Quality of HEIF; None means 75.", low=0, high=100
    )
    jxl_quality: int | None = setting(
        "JXL_QUALITY", None, "Quality of JPEG XL; 100 is lossless, None means QUALITY.",
        low=0, high=100, ours=True,
    )  # fmt: skip
    jxl_effort: int = setting(
        "JXL_EFFORT", 4, "Effort of the JPEG XL encoder: 1 is fastest, 9 smallest.",
        low=1, high=9, ours=True,
    )  # fmt: skip
    png_compression_level: int | None = setting(
        "PNG_COMPRESSION_LEVEL", 6, "Effort of PNG compression; None leaves it to the encoder.",
        low=0, high=9,
    )  # fmt: skip
    pillow_preserve_indexed_mode: bool = setting(
        "PILLOW_PRESERVE_INDEXED_MODE", True, "Sources with a palette stay so in PNG and GIF."
    )
    srgb_profile: str | None = setting(
        "SRGB_PROFILE", None, "ICC file of sRGB, for strip_icc(); None for the built-in one."
    )
    preserve_exif_info: bool = setting(
        "PRESERVE_EXIF_INFO", False, "Copy the source's Exif data into the result."
    )
    preserve_exif_copyright_info: bool = setting(
        "PRESERVE_EXIF_COPYRIGHT_INFO",
        False,
        "Copy only artist, copyright and date of the source's Exif data.",
    )
    preserve_iptc_info: bool = setting(
        "PRESERVE_IPTC_INFO", False, "Copy the source's IPTC data into the result."
    )


@dataclass(frozen=True, slots=True)
class FormatSettings:
    """Which format a client gets when the URL names none."""

    auto_webp: bool = setting("AUTO_WEBP", False, "Serve WebP to clients that accept it.")
    auto_avif: bool = setting("AUTO_AVIF", False, "Serve AVIF to clients that accept it.")
    auto_jpg: bool = setting("AUTO_JPG", False, "Serve JPEG to clients that accept it.")
    auto_heif: bool = setting("AUTO_HEIF", False, "Serve HEIF to clients that accept it.")
    auto_png: bool = setting("AUTO_PNG", False, "Serve PNG to clients that accept it.")
    auto_png_to_jpg: bool = setting(
        "AUTO_PNG_TO_JPG", False, "Serve opaque PNG sources as JPEG, whatever the client accepts."
    )
    auto_image_format_preference: tuple[str, ...] = setting(
        "AUTO_IMAGE_FORMAT_PREFERENCE",
        (),
        "Order in which the AUTO_ formats are tried, best first; empty for Thumbor's order.",
        check=check_outputs,
        ours=True,
    )
    auto_animated: bool = setting(
        "AUTO_ANIMATED",
        False,
        "Serve animations, too, as WebP or AVIF where the keys above say so; not with "
        "THUMBOR_QUIRKS. Off, as in Thumbor: such pictures are smaller and take longer to make.",
        ours=True,
    )
