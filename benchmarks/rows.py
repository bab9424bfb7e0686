"""What is asked of the servers: one row for each kind of work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

COPIES = 64
"""Names under which each picture lies on disk, so that no two requests in flight are equal."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work.

    `operation` is the part of the URL before the source, `requests` how many make one round
    (a few seconds of Thumbor on 2 cores).
    """

    name: str
    title: str
    operation: str
    picture: str
    requests: int

    def path(self, copy: int) -> str:
        """The URL path with one of the picture's names; any number is a copy."""
        stem, _, ending = self.picture.partition(".")
        return f"/unsafe/{self.operation}/{stem}-{copy % COPIES}.{ending}"


ROWS = (
    Row("24mp-crop", "24 MP JPEG to 512x512", "512x512", "24mp.jpg", 16),
    Row("24mp-fit", "24 MP JPEG to fit-in/1600x1600", "fit-in/1600x1600", "24mp.jpg", 16),
    Row("2560-800", "2560x1600 JPEG to 800x600", "800x600", "2560.jpg", 40),
    Row("2560-1280", "2560x1600 JPEG to 1280x1000", "1280x1000", "2560.jpg", 32),
    Row("800-200", "800x600 JPEG to 200x200", "200x200", "800.jpg", 240),
    Row("png", "1600x1200 PNG to 400x300", "400x300", "drawing.png", 48),
)
HEALTH = "health"
COLD = "cold"
NAMES = (*(row.name for row in ROWS), HEALTH, COLD)


def chosen(names: str | None) -> tuple[str, ...]:
    """The names in a comma-separated list, all of them for None; ValueError for an unknown one."""
    if names is None:
        return NAMES
    wanted = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in wanted if name not in NAMES]
    if unknown or not wanted:
        raise ValueError(
            f"no such row: {', '.join(unknown) or names!r}; there are {', '.join(NAMES)}"
        )
    return wanted


def rows_named(names: Iterable[str]) -> tuple[Row, ...]:
    """The transform rows among these names, in their usual order."""
    wanted = set(names)
    return tuple(row for row in ROWS if row.name in wanted)
