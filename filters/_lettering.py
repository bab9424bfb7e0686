"""Text as a picture: fonts, lines, position. Everything is measured before it is drawn."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from PIL import Image, ImageDraw, ImageFont

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Pattern, Range

from ._blending import blended
from ._canvas import own_rgba
from ._colors import RGBA, color_of
from ._positions import Position, clamped, measured, offset

__all__ = ["Align", "Lettering", "Position", "Size", "Spacing", "Width", "Wrap", "lettered"]

MAX_LENGTH = 500
MAX_SIZE = 512
MAX_PIXELS = 1 << 24

Size = Annotated[int, Range(1, MAX_SIZE)]
Spacing = Annotated[int, Range(0, MAX_SIZE)]
Align = Literal["low", "left", "centre", "center", "high", "right"]
Wrap = Literal["word", "char", "wordchar", "word_char", "none"]
Width = Annotated[
    str,
    Pattern(
        r"[0-9]+(?:p|\.[0-9]+)?|(?:full|f)(?:-[0-9]+)?",
        "pixels, percent as `80p`, a part as `0.8`, `full` or `full-20`; 0 for any",
    ),
]

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SHIFT = {"low": 0.0, "left": 0.0, "centre": 0.5, "center": 0.5, "high": 1.0, "right": 1.0}


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a text is set. `size` and `spacing` in pixels; `alpha` in percent, 100 is invisible."""

    size: int
    font: str = ""
    color: str = "black"
    alpha: int = 0
    width: str = "0"
    align: str = "low"
    justify: bool = False
    wrap: str = "word"
    spacing: int = 0
    blend_mode: str = "normal"


@dataclass(frozen=True, slots=True)
class _Line:
    """`ends`: the last one of its paragraph, which is never stretched."""

    text: str
    ends: bool


def lettered(frame: Frame, text: str, x: str, y: str, style: Lettering) -> Frame:
    """The frame with a text on it. Raises BadFilterArgument and TooManyPixels."""
    color = color_of(style.color, frame.image)
    key = ("lettering", text, style, color, frame.image.size)
    layer, margin = frame.once(key, lambda: _set(frame, text, style, color))
    inner = (layer.width - 2 * margin, layer.height - 2 * margin)
    left, top = (
        offset(each, side, length)
        for each, side, length in zip((x, y), frame.image.size, inner, strict=True)
    )
    place = (left - margin, top - margin)
    return frame.with_image(blended(own_rgba(frame.image), layer, place, style.blend_mode))


def _set(frame: Frame, text: str, style: Lettering, color: RGBA) -> tuple[Image.Image, int]:
    """The text on a transparent ground, and the margin around it that slanted letters need."""
    font = _font(frame, style)
    most = _most(style.width, frame.image.width)
    lines = list(_lines(_readable(text), font, most, style.wrap))
    mask, margin = _mask(frame, lines, font, style, most)
    return _inked(mask, style, color), margin


def _readable(text: str) -> str:
    if text.startswith("b64:"):
        text = _decoded(text[4:])
    if len(text) > MAX_LENGTH:
        raise BadFilterArgument(f"text is longer than {MAX_LENGTH} characters")
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _decoded(text: str) -> str:
    try:
        padded = text + "=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadFilterArgument("text is not base64 of UTF-8") from error


def _font(frame: Frame, style: Lettering) -> ImageFont.FreeTypeFont:
    path = (frame.fonts or {}).get(style.font)
    try:
        found = ImageFont.truetype(path, style.size) if path else _built_in(style.size)
    except OSError as error:
        raise BadFilterArgument("the font cannot be read") from error
    return found


def _built_in(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise BadFilterArgument("there is no font to write with")
    return font


def _most(width: str, side: int) -> float:
    """Pixels that a line may be wide; 0 for any."""
    if width.startswith("f"):
        _, _, less = width.partition("-")
        return max(side - clamped(less or "0"), 1)
    return measured(width, side)


def _lines(text: str, font: ImageFont.FreeTypeFont, most: float, wrap: str) -> Iterator[_Line]:
    for paragraph in text.split("\n"):
        lines = [paragraph]
        if most and wrap != "none":
            lines = list(_wrapped(paragraph, font, most, wrap))
        for number, line in enumerate(lines, start=1):
            yield _Line(line, ends=number == len(lines))


def _wrapped(text: str, font: ImageFont.FreeTypeFont, most: float, wrap: str) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, font, most, wrap):
        if line.strip() and font.getlength((line + piece).rstrip()) > most:
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    yield line.rstrip()


def _pieces(text: str, font: ImageFont.FreeTypeFont, most: float, wrap: str) -> Iterator[str]:
    """What stays together: words with the blanks behind, or characters."""
    within = wrap in ("wordchar", "word_char")
    for word in re.findall(r"\S+\s*|\s+", text):
        split = wrap == "char" or (within and font.getlength(word.rstrip()) > most)
        yield from word if split else (word,)


def _mask(
    frame: Frame,
    lines: list[_Line],
    font: ImageFont.FreeTypeFont,
    style: Lettering,
    most: float,
) -> tuple[Image.Image, int]:
    ascent, descent = font.getmetrics()
    step = ascent + descent + style.spacing
    widths = [font.getlength(line.text) for line in lines]
    justified = most if style.justify else 0.0
    box = max(*widths, justified if len(lines) > 1 else 0.0)
    margin = style.size // 2
    size = (int(box) + 1 + 2 * margin, step * len(lines) - style.spacing + 2 * margin)
    if size[0] * size[1] > MAX_PIXELS:
        raise BadFilterArgument("the text is too large")
    frame.check_size(size)
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    for row, line in enumerate(lines):
        stretched = box if justified and not line.ends else 0.0
        for at, piece in _laid(line.text, font, box, stretched, _SHIFT[style.align]):
            pen.text((margin + at, margin + row * step), piece, fill=255, font=font)
    return mask, margin


def _laid(
    line: str, font: ImageFont.FreeTypeFont, box: float, stretched: float, shift: float
) -> Iterator[tuple[float, str]]:
    """Pieces of a line and how far from the left they stand; words, if it is stretched."""
    words = line.split()
    if not stretched or len(words) == 1:
        yield (box - font.getlength(line)) * shift, line
        return
    widths = [font.getlength(word) for word in words]
    gap = (stretched - sum(widths)) / max(len(words) - 1, 1)
    at = 0.0
    for word, width in zip(words, widths, strict=True):
        yield at, word
        at += width + gap


def _inked(mask: Image.Image, style: Lettering, color: RGBA) -> Image.Image:
    red, green, blue, own = color
    strength = own / 255 * (1 - style.alpha / 100)
    layer = Image.new("RGBA", mask.size, (red, green, blue, 0))
    layer.putalpha(mask.point([int(level * strength + 0.5) for level in range(256)]))
    return layer
