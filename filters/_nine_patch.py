"""What the one-pixel border of a nine-patch says."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from PIL import Image

from thumborlike.errors import BadFilterArgument

_MARK = b"\x00\x00\x00\xff"
_SMALLEST = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A run of columns or rows: from `begin` to `end` of the patch, drawn at `at`, so long."""

    begin: int
    end: int
    at: int
    size: int


class NinePatch:
    """A patch of mode RGBA. Raises BadFilterArgument if nothing is inside its border."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        width, height = image.size
        if min(width, height) < _SMALLEST:
            raise BadFilterArgument("a nine-patch has at least 3 by 3 pixels")
        self._stretch_x = _marks(image, (1, 0, width - 1, 1))
        self._stretch_y = _marks(image, (0, 1, 1, height - 1))
        self._content_x = _marks(image, (1, height - 1, width - 1, height))
        self._content_y = _marks(image, (width - 1, 1, width, height - 1))

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom: between the patch's inner edges and the picture."""
        left, right = _ends(self._content_x)
        top, bottom = _ends(self._content_y)
        return left, top, right, bottom

    def columns(self, width: int) -> list[Span]:
        """The runs of columns on a canvas of this width; those that do not fit are left out."""
        return _spans(self._stretch_x, width)

    def rows(self, height: int) -> list[Span]:
        """The runs of rows on a canvas of this height."""
        return _spans(self._stretch_y, height)


def _marks(image: Image.Image, box: tuple[int, int, int, int]) -> list[bool]:
    pixels = image.crop(box).tobytes()
    return [pixels[at : at + 4] == _MARK for at in range(0, len(pixels), 4)]


def _ends(marks: list[bool]) -> tuple[int, int]:
    """Unmarked pixels before the first and after the last mark; none without a mark."""
    if True not in marks:
        return 0, 0
    return marks.index(True), marks[::-1].index(True)


def _spans(marks: list[bool], side: int) -> list[Span]:
    stretching = sum(marks)
    free = max(0, side - (len(marks) - stretching))
    spans, begin, at = [], 1, 0
    for stretches, run in groupby(marks):
        length = len(list(run))
        size = int(length / stretching * free + 0.5) if stretches else length
        if size and at + size <= side:
            spans.append(Span(begin, begin + length, at, size))
        begin, at = begin + length, at + size
    return spans
