"""All arithmetic of boxes and sizes, and nothing else: `plan` is pure."""

from __future__ import annotations

from dataclasses import dataclass

from .interfaces import FocalPoint
from .job import Layout

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels; right and bottom exclusive."""


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


def plan(layout: Layout, source: SourceInfo, trim: Box | None = None) -> Plan:
    """Where to cut and what size to make.

    `trim` is the content box that `imaging.trim` found, in oriented pixels; the caller has
    then oriented the picture already and passes a `source` whose orientation is 1.

    Raises `TooManyPixels` when the planned size exceeds `layout.max_output_pixels`.
    """
    raise NotImplementedError
