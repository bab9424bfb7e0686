"""Filters that map each level of a channel to another level: one table lookup per pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from PIL import Image

from ._views import rgb_view

LEVELS = range(256)


def clamp(value: float) -> int:
    """The level nearest to `value` after cutting its fraction."""
    return max(0, min(255, int(value)))


def table(change: Callable[[int], float]) -> list[int]:
    """The 256 levels that `change` makes of 0 to 255, cut and clamped."""
    made = map(change, LEVELS)
    return [0 if level < 0 else 255 if level > 255 else int(level) for level in made]


@lru_cache(maxsize=64)
def shifted(shift: int) -> tuple[int, ...]:
    """Each level higher by so much, or lower. A site asks for few different ones, but often."""
    return tuple(table(lambda level: level + shift))


def apply_tables(image: Image.Image, tables: Iterable[Sequence[int]]) -> Image.Image:
    """The RGB view with red, green and blue looked up in their tables; alpha stays."""
    tables = list(tables)
    if image.mode == "L" and "transparency" not in image.info:
        made = Image.merge("RGB", [image.point(each) for each in tables])
        made.info = image.info.copy()
        return made
    seen = rgb_view(image)
    levels = [level for each in tables for level in each]
    return seen.point(levels + list(LEVELS) if seen.mode == "RGBA" else levels)
