"""All arithmetic of boxes and sizes, and nothing else: `plan` is pure.

The order of the steps is here; how pixels of one kind become another is in `canvas`, how sides
are rounded in `sizing`, which points steer a crop in `focusing`.
"""

from __future__ import annotations

from . import sizing
from .canvas import Box, Canvas, Operation, swapped, turned, whole_canvas
from .errors import TooManyPixels
from .focusing import close_up, crop_centre, focal_points, on_result
from .interfaces import FocalPoint
from .job import Layout
from .records import dataclass, replace
from .sizing import Size, Target
from .url.values import Fit, Side

__all__ = ["Box", "Operation", "Plan", "SourceInfo", "on_frame", "plan"]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the header of a source tells. Sides in pixels as stored, before orientation.

    `orientation` is the EXIF value 1 to 8 (1 if absent). `format` is a name of
    `formats`. `frames` is at least 1.
    """

    format: str
    width: int
    height: int
    mode: str
    orientation: int = 1
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Complete orders for decoder and resizer.

    `orientation`: EXIF orientation to undo (1 = none); done after the resize, on the small
    picture. `box`: area of the source to take, and `size`: what it becomes, both in *stored*
    (not yet oriented) pixels. `reducible`: Thumbor 7.8 would offer the decoder a reduced scale
    here (no crop before the resize), so the pure reduced decode is pixel-equal.
    `requested`: the request's width and height as later filters see them, oriented; 0 = open.
    `operations`, `target`, `focal_points` are for `meta` and `debug`, in oriented pixels.
    `placed` are the focal points in pixels of the result, before the first filter. `exact`: to
    be resized as Pillow does it, from no other decode than Thumbor's, whatever is faster.
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
    placed: tuple[FocalPoint, ...] = ()
    exact: bool = False


def plan(layout: Layout, source: SourceInfo, trim: Box | None = None) -> Plan:
    """Where to cut and what size to make.

    `trim` is the content box that `imaging.trim` found, in oriented pixels; the caller has
    then oriented the picture already and passes a `source` whose orientation is 1.

    Raises `TooManyPixels` when the planned size exceeds `layout.max_output_pixels`.
    """
    start = _canvas(layout, source)
    trimmed = start.cut(start.enclosing(trim)) if trim else start
    crop = _manual_crop(layout, trimmed)
    canvas = trimmed.cut(crop) if crop else trimmed
    sides = _requested(layout, start, canvas)
    wanted = sizing.target(*sides, canvas.size)
    points = focal_points(layout, trimmed, crop, canvas.size)
    final, size, requested = _sized(layout, canvas, wanted, sides, points)
    _check_pixels(size, layout.max_output_pixels)
    planned = _assemble(layout, final, size, requested, points)
    return replace(planned, placed=_placed(planned, canvas, final, size))


def _placed(planned: Plan, canvas: Canvas, final: Canvas, size: Target) -> tuple[FocalPoint, ...]:
    (left, top), (width, height) = canvas.area[:2], final.size
    return tuple(
        on_result(
            point,
            (final.area[0] - left, final.area[1] - top),
            (size[0] / width, size[1] / height),
            size,
            (planned.flip_horizontal, planned.flip_vertical),
        )
        for point in planned.focal_points
    )


def _sized(
    layout: Layout,
    canvas: Canvas,
    wanted: Target,
    sides: tuple[Side, Side],
    points: tuple[FocalPoint, ...],
) -> tuple[Canvas, Target, Size]:
    """The last cut, the size to make of it, and the request's size for later filters."""
    if layout.debug:
        return canvas, canvas.size, _numbers(sides, canvas.size)
    if layout.fit is not Fit.CROP:
        return _fitted(layout, canvas, wanted, sides)
    return _cropped(layout, canvas, wanted, points), wanted, _numbers(sides, canvas.size)


def _canvas(layout: Layout, source: SourceInfo) -> Canvas:
    stored = (source.width, source.height)
    small = sizing.normalised(stored, (layout.max_width, layout.max_height), layout.quirks)
    return whole_canvas(stored, small, source.orientation if layout.orient else 1)


def _manual_crop(layout: Layout, canvas: Canvas) -> Box | None:
    """The URL's crop, relative to the trimmed picture; None if nothing is left of it.

    Thumbor 7.8: shrunk with the source by floor division, along the stored sides whatever the
    orientation; moved by the trim, clamped; an empty or inverted box is ignored.
    """
    if layout.crop is None:
        return None
    crop, (width, height) = layout.crop, _scaled_sides(layout, canvas)
    (from_left, from_top), (wide, high) = canvas.area[:2], canvas.size
    left, right = (
        _limited(x * width // canvas.stored[0] - from_left, wide) for x in (crop.left, crop.right)
    )
    top, bottom = (
        _limited(y * height // canvas.stored[1] - from_top, high) for y in (crop.top, crop.bottom)
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def _scaled_sides(layout: Layout, canvas: Canvas) -> Target:
    """The shrunk source's sides, by which a crop is multiplied.

    Thumbor 7.8: after MAX_* the side across from the first requested one is a float, and so
    are the numbers that `meta` reports.
    """
    width, height = canvas.small
    if canvas.small == canvas.stored or not (layout.width or layout.height):
        return width, height
    return (width, float(height)) if layout.width else (float(width), height)


def _limited(value: float, most: int) -> float:
    return min(max(value, 0), most)


def _requested(layout: Layout, start: Canvas, canvas: Canvas) -> tuple[Side, Side]:
    """Width and height of the request under MAX_* and `no_upscale()`.

    Thumbor 7.8 compares `no_upscale()` with the full source, whatever was cut off it.
    """
    width = sizing.clamped(layout.width, layout.max_width)
    height = sizing.clamped(layout.height, layout.max_height)
    if not layout.no_upscale:
        return width, height
    most = start.whole if layout.quirks else canvas.size
    return sizing.no_larger(width, most[0]), sizing.no_larger(height, most[1])


def _numbers(sides: tuple[Side, Side], size: Size) -> Size:
    return sizing.resolved(sides[0], size[0]), sizing.resolved(sides[1], size[1])


def _cropped(
    layout: Layout, canvas: Canvas, wanted: Target, points: tuple[FocalPoint, ...]
) -> Canvas:
    """Cut to the wanted ratio, then resize."""
    size = canvas.size
    near = None if layout.stretch else close_up(points, size, wanted, layout)
    if near:
        canvas = canvas.cut(near)
    elif not layout.stretch and not sizing.same_ratio(size, wanted, layout.quirks):
        centre = crop_centre(points, size, wanted, layout)
        canvas = canvas.cut(sizing.auto_crop(size, wanted, centre))
    return canvas if wanted == canvas.size else canvas.resized(wanted)


def _fitted(
    layout: Layout, canvas: Canvas, wanted: Target, sides: tuple[Side, Side]
) -> tuple[Canvas, Target, Size]:
    """Resize into (or over) the box.

    Thumbor 7.8: later filters see the larger of the requested and the new side, unless nothing
    was resized.
    """
    if layout.adaptive and sizing.turned_if_adaptive(canvas.size, wanted):
        wanted, sides = wanted[::-1], sides[::-1]
    full = layout.fit is Fit.FULL_FIT_IN
    asked = _numbers(sides, canvas.size)
    if not full and wanted[0] >= canvas.size[0] and wanted[1] >= canvas.size[1]:
        return canvas, canvas.size, asked
    size = sizing.fit_in(canvas.size, wanted, full)
    requested = (int(max(asked[0], size[0])), int(max(asked[1], size[1])))
    return canvas.resized(size), size, requested


def _check_pixels(size: Target, most: int) -> None:
    if most and size[0] * size[1] > most:
        raise TooManyPixels("the picture asked for has more pixels than allowed")


def _assemble(
    layout: Layout,
    canvas: Canvas,
    size: Target,
    requested: Size,
    points: tuple[FocalPoint, ...],
) -> Plan:
    horizontal = layout.flip_horizontal and not layout.debug
    vertical = layout.flip_vertical and not layout.debug
    flipped = canvas.did("flip_horizontally") if horizontal else canvas
    flipped = flipped.did("flip_vertically") if vertical else flipped
    return Plan(
        orientation=canvas.turn,
        box=canvas.stored_box(),
        size=swapped((int(size[0]), int(size[1])), canvas.turn),
        flip_horizontal=horizontal,
        flip_vertical=vertical,
        reducible=_reducible(layout, canvas),
        requested=requested,
        operations=flipped.operations,
        target=canvas.last_size,
        focal_points=points,
    )


def _reducible(layout: Layout, canvas: Canvas) -> bool:
    """Thumbor 7.8: whatever needs pixels before the resize forgoes the reduced decode."""
    cut = any(each.type == "crop" for each in canvas.operations)
    return not cut and canvas.turn == 1 and layout.trim is None and not layout.debug


def on_frame(
    points: tuple[FocalPoint, ...] | None, planned: Plan, source: SourceInfo
) -> tuple[FocalPoint, ...] | None:
    """Points of the oriented source in pixels of the result, before the first filter.

    Without those that the result does not show at all; None stays None. `source` is what was
    planned for.
    """
    if points is None:
        return None
    stored = source.width, source.height
    left, top, right, bottom = turned(planned.box, stored, planned.orientation)
    size = swapped(planned.size, planned.orientation)
    scale = size[0] / (right - left), size[1] / (bottom - top)
    flips = planned.flip_horizontal, planned.flip_vertical
    placed = (on_result(point, (left, top), scale, size, flips) for point in points)
    return tuple(point for point in placed if _overlaps(point, size))


def _overlaps(point: FocalPoint, size: Size) -> bool:
    across = abs(2 * point.x - size[0]) < point.width + size[0]
    return across and abs(2 * point.y - size[1]) < point.height + size[1]
