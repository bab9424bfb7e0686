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

from ._canvas import composite, own_rgba
from ._colors import color_of

MAX_LENGTH = 500
MAX_SIZE = 512
MAX_PIXELS = 1 << 24
FARTHEST = 10**6
_DIGITS = 8

Size = Annotated[int, Range(1, MAX_SIZE)]
Spacing = Annotated[int, Range(0, MAX_SIZE)]
Align = Literal["low", "left", "centre", "center", "high", "right"]
Wrap = Literal["word", "char", "wordchar", "none"]
Position = Annotated[
    str,
    Pattern(
        r"-?[0-9]+(?:p|\.[0-9]+)?|center|(?:left|right|top|bottom|l|r|t|b)(?:-[0-9]+)?",
        "pixels, percent as `10p`, a part as `0.1`, or `left right top bottom center`",
    ),
]
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
    wrap: str = "word"
    spacing: int = 0


def lettered(frame: Frame, text: str, x: str, y: str, style: Lettering) -> Frame:
    """The frame with a text on it. Raises BadFilterArgument and TooManyPixels."""
    font = _font(frame, style)
    most = _most(style.width, frame.image.width)
    lines = list(_lines(_readable(text), font, most, style.wrap))
    layer, margin = _layer(frame, lines, font, style)
    inner = (layer.width - 2 * margin, layer.height - 2 * margin)
    left, top = (
        _offset(each, side, length)
        for each, side, length in zip((x, y), frame.image.size, inner, strict=True)
    )
    canvas = own_rgba(frame.image)
    return frame.with_image(composite(canvas, layer, [(left - margin, top - margin)]))


def _readable(text: str) -> str:
    if text.startswith("b64:"):
        text = _decoded(text[4:])
    if len(text) > MAX_LENGTH:
        raise BadFilterArgument(f"text is longer than {MAX_LENGTH} characters")
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
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
        return max(side - _clamped(less or "0"), 1)
    return _measured(width, side)


def _measured(text: str, side: int) -> float:
    """Pixels that a number, a percentage `10p` or a part `0.1` of a side stand for."""
    if text.endswith("p"):
        return side * _clamped(text[:-1]) / 100
    if "." in text:
        return side * min(float(text[:32]), 100.0)
    return _clamped(text)


def _clamped(digits: str) -> int:
    """A number of pixels; beyond `FARTHEST` everything is equally out of sight."""
    return min(int(digits.lstrip("0")[:_DIGITS] or "0"), FARTHEST)


def _lines(text: str, font: ImageFont.FreeTypeFont, most: float, wrap: str) -> Iterator[str]:
    for paragraph in text.split("\n"):
        if not most or wrap == "none":
            yield paragraph
        else:
            yield from _wrapped(paragraph, font, most, wrap)


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
    for word in re.findall(r"\S+\s*|\s+", text):
        split = wrap == "char" or (wrap == "wordchar" and font.getlength(word.rstrip()) > most)
        yield from word if split else (word,)


def _layer(
    frame: Frame, lines: list[str], font: ImageFont.FreeTypeFont, style: Lettering
) -> tuple[Image.Image, int]:
    """The text on a transparent ground, and the margin around it that slanted letters need."""
    ascent, descent = font.getmetrics()
    step = ascent + descent + style.spacing
    widths = [font.getlength(line) for line in lines]
    margin = style.size // 2
    width = int(max(widths)) + 1 + 2 * margin
    size = (width, step * len(lines) - style.spacing + 2 * margin)
    if size[0] * size[1] > MAX_PIXELS:
        raise BadFilterArgument("the text is too large")
    frame.check_size(size)
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    for row, (line, long) in enumerate(zip(lines, widths, strict=True)):
        shift = (max(widths) - long) * _SHIFT[style.align]
        pen.text((margin + shift, margin + row * step), line, fill=255, font=font)
    return _inked(mask, style, frame.image), margin


def _inked(mask: Image.Image, style: Lettering, image: Image.Image) -> Image.Image:
    red, green, blue, own = color_of(style.color, image)
    strength = own / 255 * (1 - style.alpha / 100)
    layer = Image.new("RGBA", mask.size, (red, green, blue, 0))
    layer.putalpha(mask.point([int(level * strength + 0.5) for level in range(256)]))
    return layer


def _offset(position: str, side: int, length: int) -> int:
    """Where the text begins. A number behind a word moves it outwards, as imagor does."""
    if position == "center":
        return (side - length) // 2
    if position[0].isalpha():
        word, _, out = position.partition("-")
        far, outwards = word[0] in "rb", _clamped(out or "0")
        return side - length + outwards if far else -outwards
    pixels = int(_measured(position.lstrip("-"), side))
    return side - length - pixels if position.startswith("-") else pixels
