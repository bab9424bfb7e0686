"""Filters: a typed function and a phase. Parsing, validation and docs read the signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, ParamSpec, TypeVar

from PIL import Image

from .interfaces import FocalPoint
from .job import Job

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Range:
    """Allowed numbers, both ends included; None for open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the picture on its way through the pixel filters.

    `image` must never be changed in place. `requested` is the request's size in pixels (0 =
    open) for filters that fill or enlarge up to it. `resample` is Pillow's resampling filter
    for resizes. `max_pixels` bounds what a filter may create (0 = no limit): ask `check_size`.
    """

    image: Image.Image
    requested: tuple[int, int] = (0, 0)
    resample: int = Image.Resampling.LANCZOS
    max_pixels: int = 0
    focal_points: tuple[FocalPoint, ...] = ()
    quirks: bool = False

    def with_image(self, image: Image.Image) -> Frame:
        """The same frame with another image."""
        return replace(self, image=image)


@dataclass(frozen=True, slots=True)
class BoundFilter:
    """A filter with its arguments, as one URL calls it. Picklable."""

    filter: Filter[Any, Any]
    arguments: tuple[tuple[str, Any], ...]


class Filter(Generic[P, T]):
    """A declared filter: still callable and typed, and able to read its own arguments."""


Natural = Annotated[int, Range(0, 2**31 - 1)]
Percent = Annotated[int, Range(0, 100)]


def pixel_filter(function: Callable[P, Frame]) -> Filter[P, Frame]:
    """Declare a filter that changes pixels: `Frame -> Frame`, in a worker, per frame."""
    raise NotImplementedError


def request_filter(function: Callable[P, Job]) -> Filter[P, Job]:
    """Declare a filter that changes the request: `Job -> Job`, pure, before loading."""
    raise NotImplementedError
