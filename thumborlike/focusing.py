"""Which points steer the automatic crop, and where their centre is."""

from __future__ import annotations

from dataclasses import replace

from .canvas import Box, Canvas
from .interfaces import FocalPoint
from .job import Layout
from .sizing import Size, Target

HORIZONTAL = {"left": 0.0, "center": 0.5, "right": 1.0}
FACE = "Face Detection"
"""Thumbor 7.8: the origin of points that a face detector found."""

SALIENCY = "Saliency"
"""The origin of points that catch the eye: they count where nothing else is known."""

MODERATION = "Moderation"
"""The origin of points that say what the whole picture shows, and nothing about where."""

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
    points: tuple[FocalPoint, ...], size: Size, wanted: Target, quirks: bool
) -> tuple[float, float]:
    """Round which point the automatic crop lies.

    Thumbor 7.8: the centre of mass, be there nothing between two faces. By default, where
    detection found more than one region: where the crop keeps most of their weight, and of such
    places the nearest to the centre of mass.
    """
    centre = centre_of_mass(points, size)
    if quirks or len(points) < 2 or not any(each.origin not in GIVEN for each in points):
        return centre
    (width, height), (wide, high) = size, wanted
    if wide / width > high / height:
        spans = [(each.y, each.height, each.weight) for each in points]
        return centre[0], _best_centre(spans, width * high / wide, height, centre[1])
    spans = [(each.x, each.width, each.weight) for each in points]
    return _best_centre(spans, wide * height / high, width, centre[0]), centre[1]


def _best_centre(
    spans: list[tuple[float, float, float]], length: float, whole: float, near: float
) -> float:
    """The middle of the window of this length that keeps most; the same along one side.

    What is kept changes evenly between places where the window meets an end of a span.
    """
    first = min(max(near - length / 2, 0.0), whole - length)
    ends = [end for middle, long, _ in spans for end in (middle - long / 2, middle + long / 2)]
    starts = [first, *(min(max(start, 0.0), whole - length) for end in ends
                       for start in (end, end - length))]  # fmt: skip
    best = max(starts, key=lambda start: (_kept(spans, start, length), -abs(start - first)))
    return best + length / 2


def _kept(spans: list[tuple[float, float, float]], start: float, length: float) -> float:
    kept = 0.0
    for middle, long, weight in spans:
        inside = min(middle + long / 2, start + length) - max(middle - long / 2, start)
        kept += weight * max(inside, 0.0) / long
    return round(kept, 6)


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


def faces(points: tuple[FocalPoint, ...]) -> tuple[tuple[float, float, float, float], ...]:
    """Boxes of the faces that detection found, with the points in their middles."""
    return tuple(
        (
            point.x - point.width / 2,
            point.y - point.height / 2,
            point.x + point.width / 2,
            point.y + point.height / 2,
        )
        for point in points
        if point.origin == FACE
    )
