"""One frame of a picture, as pixel filters see it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import TooManyPixels
from .interfaces import FocalPoint
from .records import dataclass, field, replace

if TYPE_CHECKING:
    from PIL import Image

R = TypeVar("R")
LANCZOS = 1
"""Pillow's number, which is loaded by workers alone."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the picture on its way through the pixel filters.

    `image` must never be changed in place. `requested` is the request's size in pixels (0 =
    open) for filters that fill or enlarge up to it. `resample` is Pillow's resampling filter
    for resizes. `max_pixels` bounds what a filter may create (0 = no limit): ask `check_size`.
    `fonts` are the font files of TEXT_FONTS by name. `faces` are boxes of faces, as far as known,
    in pixels of the picture as it was before the first filter. `memo` is one for all frames of
    an animation: ask `once`.
    """

    image: Image.Image
    requested: tuple[int, int] = (0, 0)
    resample: int = LANCZOS
    max_pixels: int = 0
    focal_points: tuple[FocalPoint, ...] = ()
    quirks: bool = False
    fonts: Mapping[str, str] | None = None
    faces: tuple[tuple[float, float, float, float], ...] = ()
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def with_image(self, image: Image.Image) -> Frame:
        """The same frame with another image."""
        return replace(self, image=image)

    def once(self, key: Hashable, make: Callable[[], R]) -> R:
        """What `make` gives; for the same `key` it is made for the first frame alone.

        The key holds the filter's name and all that the outcome depends on.
        """
        if key not in self.memo:
            self.memo[key] = make()
        found: R = self.memo[key]
        return found

    def check_size(self, size: tuple[int, int]) -> None:
        """Ask before creating a picture of this size. Raises `TooManyPixels`."""
        width, height = size
        if self.max_pixels and width * height > self.max_pixels:
            raise TooManyPixels("a filter would make more pixels than allowed")
