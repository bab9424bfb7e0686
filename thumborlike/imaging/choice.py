"""Which format the result gets."""

from __future__ import annotations

from PIL import features

from ..job import Job, Output
from . import decoders
from .color import has_visible_transparency
from .picture import Picture

LARGEST_WEBP = 16383
SAME = frozenset({"jpeg", "png", "gif", "webp", "avif", "heif"})
MOVING = ("webp", "avif")
"""Formats that animations may get without being asked for by name: a client that accepts PNG
may show the first frame of an APNG alone."""
TO_PNG = frozenset({"tiff", "svg"})


def encodes(name: str) -> bool:
    """Whether an encoder of this format is installed."""
    if name in ("webp", "avif"):
        return bool(features.check(name))
    if name == "tiff":
        return bool(features.check("libtiff"))
    return name in ("jpeg", "png", "gif") or decoders.writes(name)


def choose_format(job: Job, output: Output, picture: Picture) -> str:
    """The name of the output format.

    Thumbor 7.8: `format()` first; then the automatic formats that the client accepts; then the
    source's own, TIFF as PNG, the rest as JPEG. Animations get automatic formats only with
    AUTO_ANIMATED, and only those that keep frames and transparency.
    """
    if output.format and encodes(output.format):
        return output.format
    automatic = _moving if picture.animated else _automatic
    if not job.meta and (found := automatic(job, output, picture)):
        return found
    if picture.origin.format == "jxl" and has_visible_transparency(picture.frames[0]):
        return "png"
    return own_format(picture.origin.format)


def own_format(name: str) -> str:
    """What a source becomes if nobody asks for anything else."""
    if name in SAME and encodes(name):
        return name
    return "png" if name in TO_PNG else "jpeg"


def _moving(job: Job, output: Output, picture: Picture) -> str | None:
    """Videos are made of GIFs, so what shall become one stays."""
    if not job.negotiated.animated or job.layout.quirks or output.video:
        return None
    wanted = (name for name in job.negotiated.formats if name in MOVING)
    return next((name for name in wanted if encodes(name) and _suits(name, picture)), None)


def _automatic(job: Job, output: Output, picture: Picture) -> str | None:
    to_jpeg = _png_to_jpeg(job, output, picture)
    for name in job.negotiated.formats:
        if to_jpeg and name not in ("webp", "avif"):
            break
        if encodes(name) and _suits(name, picture):
            return name
    return "jpeg" if to_jpeg else None


def _suits(name: str, picture: Picture) -> bool:
    if name == "webp":
        return max(picture.size) <= LARGEST_WEBP
    return name != "jpeg" or not has_visible_transparency(picture.frames[0])


def _png_to_jpeg(job: Job, output: Output, picture: Picture) -> bool:
    """AUTO_PNG_TO_JPG, or what `autojpg()` says: opaque PNG and SVG become JPEG for everybody."""
    wanted = job.negotiated.png_to_jpg if output.auto_png_to_jpg is None else output.auto_png_to_jpg
    if not wanted or picture.origin.format not in ("png", "svg"):
        return False
    return not has_visible_transparency(picture.frames[0])
