"""SVG: looked through for what is dangerous, then drawn by resvg in a process of its own.

Scripts are never run: the renderer has no engine for them. Nothing outside of the file is read.
"""

from __future__ import annotations

import functools
import math
import re
from xml.parsers import expat

from PIL import Image

from ..errors import BrokenImage
from ..settings.sections import ImagingSettings
from .deferred import Drawing
from .drawing import draw, opened
from .svg_references import References

LARGEST = 10 << 20
"""Bytes of a drawing."""

MOST_ELEMENTS = 50_000
DEEPEST = 200
MOST_DRAWN = 1_000_000
"""Elements, those counted again that are shown again by reference."""

MOST_PIXELS = 75_000_000
"""What is drawn at most where MAX_PIXELS is off."""

DEFAULT_SIZE = (300.0, 150.0)
"""What CSS gives a picture without a size."""

INLINE = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp)\b", re.IGNORECASE)
DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*>")
LENGTH = re.compile(r"\s*\+?(\d+(?:\.\d*)?|\.\d+)(px|in|cm|mm|pt|pc|)\s*", re.ASCII)
LONGEST_LENGTH = 400
"""Characters of a length; numbers that are longer are infinite."""

PER_INCH = {"in": 1.0, "cm": 2.54, "mm": 25.4, "pt": 72.0, "pc": 6.0}


class Look:
    """What one pass over the XML finds. Raises `BrokenImage` at what is not allowed."""

    def __init__(self) -> None:
        self.root: dict[str, str] = {}
        self.has_text = False
        self.references = References()
        self._elements = 0
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > DEEPEST:
            raise BrokenImage("the drawing has more elements than allowed")
        local = name.rpartition(":")[2]
        if self._elements == 1:
            self.root = attributes
        self.has_text = self.has_text or local == "text"
        if local in ("image", "feImage"):
            _check_reference(attributes)
        self.references.start(local, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        self._depth -= 1
        self.references.end()

    def doctype(self, name: str, system: object, public: object, has_subset: bool) -> None:
        """A document type with an inner part, or a second one. Entities are declared there."""
        raise BrokenImage("drawings with a document type of their own are not read")


def open_image(body: bytes, imaging: ImagingSettings) -> Image.Image:
    """The drawing at its own size; it is drawn at the size that the request needs."""
    if len(body) > LARGEST:
        raise BrokenImage("the drawing has more bytes than allowed")
    # what is looked through is what is drawn: a document type could hide one from the other
    text = DOCTYPE.sub("", _text(body), count=1)
    look = _looked_through(text)
    make = functools.partial(_drawn, text, imaging.svg_dpi, look.has_text)
    return Drawing("RGBA", size_of(look.root, imaging.svg_dpi), make, most_pixels(imaging))


def most_pixels(imaging: ImagingSettings) -> int:
    """Pixels that a drawing is given at most."""
    return min(imaging.max_pixels or MOST_PIXELS, MOST_PIXELS)


def size_of(root: dict[str, str], dpi: int) -> tuple[int, int]:
    """Pixels of the drawing: its width and height, what is missing by its viewBox."""
    box = _view_box(root.get("viewBox", ""))
    width, height = (_length(root.get(side, ""), dpi) for side in ("width", "height"))
    if width and height:
        return _whole(width, height)
    if width:
        return _whole(width, width * box[1] / box[0])
    if height:
        return _whole(height * box[0] / box[1], height)
    return _whole(*box)


def _whole(width: float, height: float) -> tuple[int, int]:
    if not (math.isfinite(width) and math.isfinite(height)):
        raise BrokenImage("the drawing has no usable size")
    return max(round(width), 1), max(round(height), 1)


def _length(text: str, dpi: int) -> float | None:
    """Pixels; None for what is relative, zero or no length."""
    found = LENGTH.fullmatch(text[:LONGEST_LENGTH])
    if not found:
        return None
    number, unit = float(found[1]), found[2]
    return number * dpi / PER_INCH[unit] if unit in PER_INCH else number


def _view_box(text: str) -> tuple[float, float]:
    try:
        _, _, width, height = map(float, text.replace(",", " ").split())
    except ValueError:
        return DEFAULT_SIZE
    usable = 0 < width < math.inf and 0 < height < math.inf
    return (width, height) if usable else DEFAULT_SIZE


def _text(body: bytes) -> str:
    """SVG is UTF-8 unless a mark at its beginning says UTF-16; older tools wrote Latin-1."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _looked_through(text: str) -> Look:
    look = Look()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = look.start
    parser.EndElementHandler = look.end
    parser.StartDoctypeDeclHandler = look.doctype
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        raise BrokenImage("the drawing is not well-formed") from error
    if look.references.drawn(MOST_DRAWN) > MOST_DRAWN:
        raise BrokenImage("the drawing repeats more elements than allowed")
    return look


def _check_reference(attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        if name.rpartition(":")[2] != "href":
            continue
        if not (value.strip().startswith("#") or INLINE.match(value)):
            raise BrokenImage("drawings that refer to other files are not read")


def _drawn(text: str, dpi: int, fonts: bool, size: tuple[int, int]) -> Image.Image:
    written = draw("svg", text.encode("utf-8"), *size, dpi, int(fonts))
    return opened(written, size, "RGBA")
