"""Which points steer the automatic crop, and where their centre is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .canvas import Box, Canvas
from .interfaces import FocalPoint
from .job import Layout
from .records import replace
from .sizing import Size, Target

HORIZONTAL = {"left": 0.0, "center": 0.5, "right": 1.0}
FACE = "Face Detection"
"""Thumbor 7.8: the origin of points that a face detector found."""

SALIENCY = "Saliency"
"""The origin of points that catch the eye: they count where nothing else is known."""

MODERATION = "Moderation"
"""The origin of points that say what the whole picture shows, and nothing about where."""

SMALL = 0.25
"""Weight, in weights of the heaviest face, below which a face does not count for a close-up."""

LEAST_ZOOM = 0.1

SPREAD = 1.5
"""Sides of such a point where a crop is chosen: the edge of a thing stands out less than it."""

GIVEN = ("alignment", "Explicit", "Original Extraction")
"""Origins of points that the URL names."""

ALL = "all"
"""All kinds that detectors say they find."""

ANYTHING = "anything"
"""Whatever is found first, as for `smart`."""

VERTICAL = {"top": 0.0, "middle": 0.5, "bottom": 1.0}


def focal_points(
    layout: Layout, canvas: Canvas, crop: Box | None, size: Size
) -> tuple[FocalPoint, ...]:
    """The points, relative to the picture of this `size` that the manual `crop` leaves.

    `canvas` is the trimmed picture, before the crop. Points outside the crop are dropped;
    without any left the alignment is the point.
    """
    points = layout.focal_points
    if not layout.quirks:
        points = tuple(_moved(point, canvas) for point in points)
    if crop:
        points = tuple(_shifted(point, crop) for point in points if _inside(point, crop))
    return points or (_alignment(layout, size),)


def _moved(point: FocalPoint, canvas: Canvas) -> FocalPoint:
    """A point of the oriented source in working pixels of the trimmed picture.

    Thumbor 7.8 leaves points where they are, so that they miss after a trim or MAX_WIDTH.
    """
    (width, height), (own_width, own_height) = canvas.whole, canvas.oriented
    left, top = canvas.area[:2]
    if (left, top, width, height) == (0, 0, own_width, own_height):
        return point
    return replace(
        point,
        x=int(point.x * width / own_width) - left,
        y=int(point.y * height / own_height) - top,
        width=max(int(point.width * width / own_width), 1),
        height=max(int(point.height * height / own_height), 1),
    )


def _inside(point: FocalPoint, crop: Box) -> bool:
    return crop[0] <= point.x <= crop[2] and crop[1] <= point.y <= crop[3]


def _shifted(point: FocalPoint, crop: Box) -> FocalPoint:
    return replace(point, x=point.x - crop[0], y=point.y - crop[1])


def _alignment(layout: Layout, size: Size) -> FocalPoint:
    x, y = int(size[0] * HORIZONTAL[layout.halign]), int(size[1] * VERTICAL[layout.valign])
    return FocalPoint(x, y)


def centre_of_mass(points: tuple[FocalPoint, ...], size: Size) -> tuple[float, float]:
    """Thumbor 7.8: weighted mean, floored. Weights that cancel out (500 there): the middle."""
    weight = float(sum(point.weight for point in points))
    if not weight:
        return size[0] / 2, size[1] / 2
    across = sum(point.x * point.weight for point in points)
    down = sum(point.y * point.weight for point in points)
    return across // weight, down // weight


def crop_centre(
    points: tuple[FocalPoint, ...], size: Size, wanted: Target, layout: Layout
) -> tuple[float, float]:
    """Round which point the automatic crop lies.

    Thumbor 7.8: the centre of mass, be there nothing between two faces. By default, where
    detection found more than one region: where the crop keeps most of their weight, and of such
    places most of the faces' padding, and of those the nearest to the centre of mass.
    """
    centre = centre_of_mass(points, size)
    found = any(each.origin not in GIVEN for each in points)
    if layout.quirks or len(points) < 2 or not found:
        return centre
    points = tuple(_spread(each) for each in points)
    roomy = tuple(padded(each, layout.face_padding) for each in points)
    (width, height), (wide, high) = size, wanted
    if wide / width > high / height:
        spans = [[_Span(each.y, each.height, each.weight) for each in one]
                 for one in (points, roomy)]  # fmt: skip
        return centre[0], _best_centre(spans, width * high / wide, height, centre[1])
    spans = [[_Span(each.x, each.width, each.weight) for each in one] for one in (points, roomy)]
    return _best_centre(spans, wide * height / high, width, centre[0]), centre[1]


def padded(point: FocalPoint, padding: float) -> FocalPoint:
    """A face with room on each side, in parts of its sides; any other point as it is."""
    return _widened(point, 1 + 2 * padding) if point.origin == FACE else point


def _spread(point: FocalPoint) -> FocalPoint:
    """What catches the eye with some of its surroundings; any other point as it is."""
    return _widened(point, SPREAD) if point.origin == SALIENCY else point


def _widened(point: FocalPoint, factor: float) -> FocalPoint:
    return replace(point, width=point.width * factor, height=point.height * factor)


class _Span(NamedTuple):
    middle: float
    length: float
    weight: float


def _best_centre(spans: list[list[_Span]], length: float, whole: float, near: float) -> float:
    """The middle of the window of this length that keeps most of the first spans, then the next.

    What is kept changes evenly between places where the window meets an end of a span.
    """
    last = whole - length
    first = min(max(near - length / 2, 0.0), last)
    ends = {
        end
        for one in spans
        for each in one
        for end in (each.middle - each.length / 2, each.middle + each.length / 2)
    }
    starts = {min(max(start, 0.0), last) for end in ends for start in (end, end - length)}

    def worth(start: float) -> tuple[float, ...]:
        return (*(_kept(one, start, length) for one in spans), -abs(start - first))

    return max([first, *sorted(starts)], key=worth) + length / 2


def _kept(spans: list[_Span], start: float, length: float) -> float:
    kept = 0.0
    for middle, long, weight in spans:
        inside = min(middle + long / 2, start + length) - max(middle - long / 2, start)
        kept += weight * max(inside, 0.0) / long
    return round(kept, 6)


def close_up(
    points: tuple[FocalPoint, ...], size: Size, wanted: Target, layout: Layout
) -> Box | None:
    """The crop of the wanted ratio in which faces fill the part that is asked for.

    None where no crop is closer than the automatic one: no faces, or few pixels. Faces much
    smaller than the largest are left to chance.
    """
    faces = [padded(each, layout.face_padding) for each in points if each.origin == FACE]
    if not layout.smart or not layout.face_zoom or not faces:
        return None
    largest = max(each.weight for each in faces)
    boxes = boxes_of(each for each in faces if each.weight >= SMALL * largest)
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    part = max(layout.face_zoom, LEAST_ZOOM)
    scale = max((right - left) / wanted[0], (bottom - top) / wanted[1]) / part
    width, height = (round(side * max(scale, 1.0)) for side in wanted)
    if width >= size[0] or height >= size[1]:
        return None
    x = min(max(round((left + right - width) / 2), 0), size[0] - width)
    y = min(max(round((top + bottom - height) / 2), 0), size[1] - height)
    return x, y, x + width, y + height


def on_result(
    point: FocalPoint,
    shift: tuple[float, float],
    scale: tuple[float, float],
    size: tuple[float, float],
    flips: tuple[bool, bool],
) -> FocalPoint:
    """A point where the result of this `size` shows it, cut, resized and mirrored."""
    x, y = (point.x - shift[0]) * scale[0], (point.y - shift[1]) * scale[1]
    return replace(
        point,
        x=size[0] - x if flips[0] else x,
        y=size[1] - y if flips[1] else y,
        width=point.width * scale[0],
        height=point.height * scale[1],
    )


def leading(points: tuple[FocalPoint, ...]) -> tuple[FocalPoint, ...]:
    """Those that say where something is."""
    return tuple(each for each in points if each.origin != MODERATION)


def kind_of(point: FocalPoint) -> str:
    """How URLs and detectors name what was found: `face`, else the origin in small letters."""
    return "face" if point.origin == FACE else point.origin.lower()


def faces(points: tuple[FocalPoint, ...]) -> tuple[Box, ...]:
    """Boxes of the faces that detection found, with the points in their middles."""
    return boxes_of(each for each in points if each.origin == FACE)


def boxes_of(points: Iterable[FocalPoint]) -> tuple[Box, ...]:
    """Left, top, right and bottom of each."""
    return tuple(
        (
            point.x - point.width / 2,
            point.y - point.height / 2,
            point.x + point.width / 2,
            point.y + point.height / 2,
        )
        for point in points
    )
