"""All arithmetic of boxes and sizes, and nothing else: `plan` is pure.

Three kinds of pixels occur. *Stored*: as the decoder gives them. *Oriented*: turned by the EXIF
orientation, what URLs speak of. *Working*: oriented and shrunk to MAX_WIDTH and MAX_HEIGHT,
in which Thumbor rounds. The plan rounds in working pixels and gives its box in stored ones, so
that the source is resized once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import sizing
from .errors import TooManyPixels
from .interfaces import FocalPoint
from .job import Layout
from .sizing import IntBox, Size, Target
from .url.values import Fit, Side

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels; right and bottom exclusive."""

TURNED = 5
"""EXIF orientations from here on swap the sides."""

HORIZONTAL = {"left": 0.0, "center": 0.5, "right": 1.0}
VERTICAL = {"top": 0.0, "middle": 0.5, "bottom": 1.0}


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the header of a source tells. Sides in pixels as stored, before orientation.

    `orientation` is the EXIF value 1 to 8 (1 if absent). `format` is a name of
    `imaging.formats`. `frames` is at least 1.
    """

    format: str
    width: int
    height: int
    mode: str
    orientation: int = 1
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Operation:
    """A step that `meta` reports; numbers keep Thumbor's types (300.0 requested, 225 derived)."""

    type: str
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Complete orders for decoder and resizer.

    `orientation`: EXIF orientation to undo (1 = none); done after the resize, on the small
    picture. `box`: area of the source to take, and `size`: what it becomes, both in *stored*
    (not yet oriented) pixels. `reducible`: Thumbor 7.8 would offer the decoder a reduced scale
    here (no crop before the resize), so the pure reduced decode is pixel-equal.
    `requested`: the request's width and height as later filters see them, oriented; 0 = open.
    `operations`, `target`, `focal_points` are for `meta` and `debug`, in oriented pixels.
    """

    orientation: int
    box: Box
    size: tuple[int, int]
    flip_horizontal: bool
    flip_vertical: bool
    reducible: bool
    requested: tuple[int, int]
    operations: tuple[Operation, ...]
    target: tuple[float, float]
    focal_points: tuple[FocalPoint, ...]


@dataclass(frozen=True, slots=True)
class _Canvas:
    """The source in working pixels: its whole size, and what is left of it so far.

    `shrunk` are the factors from stored to working pixels along the stored axes.
    """

    whole: Size
    shrunk: tuple[float, float]
    turn: int
    area: IntBox
    operations: tuple[Operation, ...] = ()

    @property
    def size(self) -> Size:
        left, top, right, bottom = self.area
        return right - left, bottom - top

    def cut(self, box: IntBox) -> _Canvas:
        """Take a box that is given relative to the area."""
        left, top = self.area[:2]
        area = (box[0] + left, box[1] + top, box[2] + left, box[3] + top)
        return replace(self, area=area, operations=(*self.operations, _crop_operation(box)))


def plan(layout: Layout, source: SourceInfo, trim: Box | None = None) -> Plan:
    """Where to cut and what size to make.

    `trim` is the content box that `imaging.trim` found, in oriented pixels; the caller has
    then oriented the picture already and passes a `source` whose orientation is 1.

    Raises `TooManyPixels` when the planned size exceeds `layout.max_output_pixels`.
    """
    start = _canvas(layout, source)
    trimmed = _trimmed(start, trim)
    crop = _manual_crop(layout, source, trimmed)
    canvas = trimmed.cut(crop) if crop else trimmed
    width, height = _requested(layout, start, canvas)
    wanted = sizing.target(width, height, canvas.size)
    points = _focal_points(layout, trimmed, crop, canvas.size)
    if layout.debug:
        final, size, requested = canvas, _floats(canvas.size), _numbers(width, height, canvas.size)
    elif layout.fit is Fit.CROP:
        final, size = _cropped(layout, canvas, wanted, points)
        requested = _numbers(width, height, canvas.size)
    else:
        final, size, requested = _fitted(layout, canvas, wanted, (width, height))
    _check_pixels(size, layout.max_output_pixels)
    return _assemble(layout, source, final, size=size, requested=requested, points=points)


def _canvas(layout: Layout, source: SourceInfo) -> _Canvas:
    stored = (source.width, source.height)
    limits = (layout.max_width, layout.max_height)
    small = sizing.normalised(stored, limits, layout.quirks)
    turn = source.orientation if layout.orient else 1
    whole = (small[1], small[0]) if turn >= TURNED else small
    shrunk = (small[0] / stored[0], small[1] / stored[1])
    return _Canvas(whole, shrunk, turn, (0, 0, *whole))


def _trimmed(canvas: _Canvas, trim: Box | None) -> _Canvas:
    if trim is None:
        return canvas
    across, down = canvas.shrunk
    box = (trim[0] * across, trim[1] * down, trim[2] * across, trim[3] * down)
    left, top, right, bottom = map(round, box)
    return canvas.cut((left, top, max(right, left + 1), max(bottom, top + 1)))


def _manual_crop(layout: Layout, source: SourceInfo, canvas: _Canvas) -> IntBox | None:
    """The URL's crop, relative to the trimmed picture; None if nothing is left of it.

    Thumbor 7.8: shrunk with the source by floor division, moved by the trim, clamped; an empty
    or inverted box is ignored.
    """
    if layout.crop is None:
        return None
    width, height = source.width, source.height
    small_width, small_height = round(width * canvas.shrunk[0]), round(height * canvas.shrunk[1])
    (from_left, from_top), (wide, high) = canvas.area[:2], canvas.size
    left, right = (
        _limited(x * small_width // width - from_left, wide)
        for x in (layout.crop.left, layout.crop.right)
    )
    top, bottom = (
        _limited(y * small_height // height - from_top, high)
        for y in (layout.crop.top, layout.crop.bottom)
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def _limited(value: int, most: int) -> int:
    return min(max(value, 0), most)


def _requested(layout: Layout, start: _Canvas, canvas: _Canvas) -> tuple[Side, Side]:
    """Width and height of the request under MAX_* and `no_upscale()`.

    Thumbor 7.8 compares `no_upscale()` with the full source, whatever was cut off it.
    """
    width = sizing.clamped(layout.width, layout.max_width)
    height = sizing.clamped(layout.height, layout.max_height)
    if not layout.no_upscale:
        return width, height
    most = start.whole if layout.quirks else canvas.size
    return _no_larger(width, most[0]), _no_larger(height, most[1])


def _no_larger(side: Side, own: int) -> Side:
    return side if side == "orig" else min(side, own)


def _numbers(width: Side, height: Side, size: Size) -> Size:
    return sizing.resolved(width, size[0]), sizing.resolved(height, size[1])


def _cropped(
    layout: Layout, canvas: _Canvas, wanted: Target, points: tuple[FocalPoint, ...]
) -> tuple[_Canvas, Target]:
    """Cut to the wanted ratio, then resize."""
    size = canvas.size
    if not layout.stretch and not sizing.same_ratio(size, wanted, layout.quirks):
        canvas = canvas.cut(sizing.auto_crop(size, wanted, _centre_of_mass(points, size)))
    return _resized(canvas, wanted), wanted


def _fitted(
    layout: Layout, canvas: _Canvas, wanted: Target, sides: tuple[Side, Side]
) -> tuple[_Canvas, Target, Size]:
    """Resize into (or over) the box.

    Thumbor 7.8: later filters see the larger of the requested and the new side, unless nothing
    was resized.
    """
    if layout.adaptive and sizing.turned_if_adaptive(canvas.size, wanted):
        wanted, sides = wanted[::-1], sides[::-1]
    full = layout.fit is Fit.FULL_FIT_IN
    asked = _numbers(*sides, canvas.size)
    if not full and wanted[0] >= canvas.size[0] and wanted[1] >= canvas.size[1]:
        return canvas, _floats(canvas.size), asked
    size = sizing.fit_in(canvas.size, wanted, full)
    requested = (int(max(asked[0], size[0])), int(max(asked[1], size[1])))
    resize = Operation("resize", (("width", size[0]), ("height", size[1])))
    return replace(canvas, operations=(*canvas.operations, resize)), size, requested


def _resized(canvas: _Canvas, wanted: Target) -> _Canvas:
    if wanted == _floats(canvas.size):
        return canvas
    resize = Operation("resize", (("width", wanted[0]), ("height", wanted[1])))
    return replace(canvas, operations=(*canvas.operations, resize))


def _focal_points(
    layout: Layout, canvas: _Canvas, crop: IntBox | None, size: Size
) -> tuple[FocalPoint, ...]:
    """The points that steer the crop, relative to the picture after the manual crop.

    Points outside the crop are dropped; without any left the alignment is the point.
    """
    points = layout.focal_points
    if not layout.quirks:
        points = tuple(_moved(point, canvas) for point in points)
    if crop:
        points = tuple(_shifted(point, crop) for point in points if _inside(point, crop))
    return points or (_alignment(layout, size),)


def _moved(point: FocalPoint, canvas: _Canvas) -> FocalPoint:
    """A point of the oriented source in working pixels of the trimmed picture.

    Thumbor 7.8 leaves points where they are, so that they miss after a trim or MAX_WIDTH.
    """
    across, down = canvas.shrunk if canvas.turn < TURNED else canvas.shrunk[::-1]
    left, top = canvas.area[:2]
    if (left, top, across, down) == (0, 0, 1.0, 1.0):
        return point
    return replace(
        point,
        x=int(point.x * across) - left,
        y=int(point.y * down) - top,
        width=max(int(point.width * across), 1),
        height=max(int(point.height * down), 1),
    )


def _inside(point: FocalPoint, crop: IntBox) -> bool:
    return crop[0] <= point.x <= crop[2] and crop[1] <= point.y <= crop[3]


def _shifted(point: FocalPoint, crop: IntBox) -> FocalPoint:
    return replace(point, x=point.x - crop[0], y=point.y - crop[1])


def _alignment(layout: Layout, size: Size) -> FocalPoint:
    x, y = int(size[0] * HORIZONTAL[layout.halign]), int(size[1] * VERTICAL[layout.valign])
    return FocalPoint(x, y)


def _centre_of_mass(points: tuple[FocalPoint, ...], size: Size) -> tuple[float, float]:
    """Thumbor 7.8: weighted mean, floored. Weights that cancel out (500 there): the middle."""
    weight = float(sum(point.weight for point in points))
    if not weight:
        return size[0] / 2, size[1] / 2
    across = sum(point.x * point.weight for point in points)
    down = sum(point.y * point.weight for point in points)
    return across // weight, down // weight


def _assemble(
    layout: Layout,
    source: SourceInfo,
    canvas: _Canvas,
    *,
    size: Target,
    requested: Size,
    points: tuple[FocalPoint, ...],
) -> Plan:
    final = (int(size[0]), int(size[1]))
    flips = () if layout.debug else _flips(layout)
    untouched = not canvas.operations or canvas.operations[0].type == "resize"
    return Plan(
        orientation=canvas.turn,
        box=_stored_box(canvas, source),
        size=final[::-1] if canvas.turn >= TURNED else final,
        flip_horizontal=layout.flip_horizontal and not layout.debug,
        flip_vertical=layout.flip_vertical and not layout.debug,
        reducible=untouched and canvas.turn == 1 and layout.trim is None and not layout.debug,
        requested=requested,
        operations=(*canvas.operations, *flips),
        target=_last_size(canvas),
        focal_points=points,
    )


def _flips(layout: Layout) -> tuple[Operation, ...]:
    asked = {
        "flip_horizontally": layout.flip_horizontal,
        "flip_vertically": layout.flip_vertical,
    }
    return tuple(Operation(name) for name, wanted in asked.items() if wanted)


def _last_size(canvas: _Canvas) -> Target:
    """Thumbor 7.8: `target` of meta is the size of the last crop or resize."""
    if not canvas.operations:
        return canvas.size
    values = dict(canvas.operations[-1].values)
    if "width" in values:
        return values["width"], values["height"]
    return values["right"] - values["left"], values["bottom"] - values["top"]


def _crop_operation(box: IntBox) -> Operation:
    return Operation("crop", tuple(zip(("left", "top", "right", "bottom"), box, strict=True)))


def _floats(size: Size) -> Target:
    return float(size[0]), float(size[1])


def _check_pixels(size: Target, most: int) -> None:
    if most and size[0] * size[1] > most:
        raise TooManyPixels("the picture asked for has more pixels than allowed")


def _stored_box(canvas: _Canvas, source: SourceInfo) -> Box:
    """The area in stored pixels: turned back, then enlarged by what MAX_* had shrunk."""
    left, top, right, bottom = _turned_back(canvas.area, canvas.whole, canvas.turn)
    across, down = canvas.shrunk
    box = (left / across, top / down, right / across, bottom / down)
    return box[0], box[1], min(box[2], source.width), min(box[3], source.height)


def _turned_back(area: IntBox, whole: Size, turn: int) -> IntBox:
    """An oriented box in stored pixels. `whole` is the oriented size."""
    left, top, right, bottom = area
    if turn in (2, 3, 6, 7):
        left, right = whole[0] - right, whole[0] - left
    if turn in (3, 4, 7, 8):
        top, bottom = whole[1] - bottom, whole[1] - top
    return (top, left, bottom, right) if turn >= TURNED else (left, top, right, bottom)
