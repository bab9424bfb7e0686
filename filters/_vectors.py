"""Vector instructions for arithmetic on levels, by numpy where it is installed (extra `fast`).

The filters that use it have a way without it, which gives the same levels but for rounding.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image

PACKAGE = "numpy"
_NUMBERS = 32768
"""Of one chunk: several such arrays fit into a core's own cache."""


@functools.lru_cache(maxsize=1)
def vectors() -> Any:
    """The module, or None; imported when the first such filter runs."""
    if not importlib.util.find_spec(PACKAGE):
        return None
    try:
        return importlib.import_module(PACKAGE)
    except ImportError:
        return None


def chunks(height: int, width: int) -> Iterator[slice]:
    """The rows of a picture, some at a time."""
    rows = max(1, _NUMBERS // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def planes(np: Any, image: Image.Image) -> list[Any]:
    """An array of bytes, rows by columns, of each of red, green and blue."""
    return [np.asarray(band) for band in image.split()[:3]]


def with_planes(image: Image.Image, changed: Sequence[Any]) -> Image.Image:
    """The picture with other red, green and blue; alpha stays."""
    bands = [Image.fromarray(plane) for plane in changed]
    return Image.merge(image.mode, (*bands, *image.split()[3:]))


def clipped(np: Any, numbers: Any) -> Any:
    """The floats, which are overwritten, as bytes: clamped, fractions cut."""
    return np.clip(numbers, 0, 255, out=numbers).astype(np.uint8)
