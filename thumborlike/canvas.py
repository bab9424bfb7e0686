"""The source on its way through the plan: whole pixels, as Thumbor counts them.

Three kinds of pixels occur. *Stored*: as the decoder gives them. *Oriented*: turned by the EXIF
orientation, what URLs speak of. *Working*: oriented and shrunk to MAX_WIDTH and MAX_HEIGHT,
in which Thumbor rounds. A canvas counts in working pixels and gives its box in stored ones, so
that the source is resized once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from .records import dataclass, replace
from .sizing import IntBox, Size, Target

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels; right and bottom exclusive."""

TURNED = 5
"""EXIF orientations from here on swap the sides."""

FLIPS_OF_ORIENTATION = {
    2: "flip_horizontally",
    4: "flip_vertically",
    5: "flip_vertically",
    7: "flip_horizontally",
}
"""Thumbor 7.8: `meta` reports the flip by which an orientation is undone, not the rotation."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A step that `meta` reports; numbers keep Thumbor's types (300.0 requested, 225 derived)."""

    type: str
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Canvas:
    """What is left of the source so far: `area`, in working pixels.

    `stored` is the source's size as stored, `small` that size under MAX_WIDTH and MAX_HEIGHT,
    `turn` the EXIF orientation to undo (1 = none).
    """

    stored: Size
    small: Size
    turn: int
    area: IntBox
    operations: tuple[Operation, ...] = ()

    @property
    def whole(self) -> Size:
        """Size of the whole source in working pixels."""
        return swapped(self.small, self.turn)

    @property
    def oriented(self) -> Size:
        """Size of the whole source in oriented pixels."""
        return swapped(self.stored, self.turn)

    @property
    def size(self) -> Size:
        """Size of the area."""
        left, top, right, bottom = self.area
        return right - left, bottom - top

    @property
    def last_size(self) -> Target:
        """Thumbor 7.8: the `target` of `meta` is the size of the last crop or resize."""
        values = next((dict(each.values) for each in reversed(self.operations) if each.values), {})
        if not values:
            return self.size
        if "width" in values:
            return values["width"], values["height"]
        return values["right"] - values["left"], values["bottom"] - values["top"]

    def cut(self, box: Box) -> Canvas:
        """Take a box of whole numbers, relative to the area."""
        left, top = self.area[:2]
        area = (int(box[0]) + left, int(box[1]) + top, int(box[2]) + left, int(box[3]) + top)
        values = zip(("left", "top", "right", "bottom"), box, strict=True)
        return replace(self, area=area).did("crop", values)

    def resized(self, size: Target) -> Canvas:
        """Note the resize; what it makes of the area is the plan's size."""
        return self.did("resize", zip(("width", "height"), size, strict=True))

    def did(self, name: str, values: Iterable[tuple[str, float]] = ()) -> Canvas:
        """Note an operation for `meta`."""
        return replace(self, operations=(*self.operations, Operation(name, tuple(values))))

    def stored_box(self) -> Box:
        """The area in stored pixels: turned back, then enlarged by what MAX_* had shrunk."""
        left, top, right, bottom = turned_back(self.area, self.whole, self.turn)
        (width, height), (small_width, small_height) = self.stored, self.small
        return (
            left * width / small_width,
            top * height / small_height,
            right * width / small_width,
            bottom * height / small_height,
        )

    def enclosing(self, box: Box) -> IntBox:
        """The smallest box of whole working pixels round a box of oriented ones."""
        (width, height), (own_width, own_height) = self.whole, self.oriented
        left, right = box[0] * width / own_width, box[2] * width / own_width
        top, bottom = box[1] * height / own_height, box[3] * height / own_height
        return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def whole_canvas(stored: Size, small: Size, turn: int) -> Canvas:
    """The canvas before anything is cut off."""
    canvas = Canvas(stored, small, turn, (0, 0, *swapped(small, turn)))
    return canvas.did(FLIPS_OF_ORIENTATION[turn]) if turn in FLIPS_OF_ORIENTATION else canvas


def swapped(size: Size, turn: int) -> Size:
    """A stored size as the orientation shows it, or the reverse."""
    return (size[1], size[0]) if turn >= TURNED else size


def turned(area: Box, stored: Size, turn: int) -> Box:
    """A stored box in oriented pixels: the reverse of `turned_back`. `stored`: the stored size."""
    return turned_back(area, stored, {6: 8, 8: 6}.get(turn, turn))


def turned_back(area: Box, whole: Size, turn: int) -> Box:
    """An oriented box in stored pixels. `whole` is the oriented size."""
    left, top, right, bottom = area
    if turn in (2, 3, 6, 7):
        left, right = whole[0] - right, whole[0] - left
    if turn in (3, 4, 7, 8):
        top, bottom = whole[1] - bottom, whole[1] - top
    return (top, left, bottom, right) if turn >= TURNED else (left, top, right, bottom)
