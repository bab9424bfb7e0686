"""One frame of a picture, as pixel filters see it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import BadFilterArgument, TooManyPixels
from .focusing import ALL, ANYTHING, SALIENCY, kind_of
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
    in pixels of the picture as it was before the first filter. `found` is all that detection
    found, in the same pixels; None if it has not looked: ask `seen`. `frames`: how many the result
    has. `memo` is one for all frames of an animation: ask `once`.
    """

    image: Image.Image
    requested: tuple[int, int] = (0, 0)
    resample: int = LANCZOS
    max_pixels: int = 0
    focal_points: tuple[FocalPoint, ...] = ()
    quirks: bool = False
    fonts: Mapping[str, str] | None = None
    faces: tuple[tuple[float, float, float, float], ...] = ()
    found: tuple[FocalPoint, ...] | None = None
    frames: int = 1
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def with_image(self, image: Image.Image) -> Frame:
        """The same frame with another image."""
        return replace(self, image=image)

    def seen(self, kind: str = ANYTHING) -> tuple[FocalPoint, ...]:
        """What detection found of a kind, or of ALL kinds, or ANYTHING, also what catches the eye.

        In pixels of the picture before the first filter; boxes may leave it. Raises
        `BadFilterArgument` if detection has not looked, as in pictures within pictures.
        """
        if self.found is None:
            raise BadFilterArgument("nothing is looked for in this picture")
        return tuple(each for each in self.found if _is_of(each, kind))

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


def _is_of(point: FocalPoint, kind: str) -> bool:
    if kind == ALL:
        return point.origin != SALIENCY
    return kind in (ANYTHING, kind_of(point))
