"""What catches the eye: edges, colours that differ from the rest, saturation, skin.

Needs Pillow alone. Computed on a picture of about 96 pixels along its longer side; what is found
are cells of a grid, each weighing as much as it stands out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from thumborlike.interfaces import Environment, FocalPoint
from thumborlike.records import dataclass

if TYPE_CHECKING:
    from PIL.Image import Image

ORIGIN = "Saliency"
SIDE, CELLS = 96, 16
"""Longer side of what is looked at, in pixels and in cells."""

MOST = 40
"""Cells that are told."""


@dataclass(frozen=True, slots=True)
class Saliency:
    """A detector that always has something to say, and takes a few milliseconds."""

    quick: bool = True

    def detect(self, image: Image) -> list[FocalPoint]:
        """The cells that stand out, in pixels of the picture; empty if it is all the same."""
        from ._eye import standing_out  # noqa: PLC0415  (loads Pillow)

        grid = standing_out(image, SIDE, CELLS)
        cells = sorted(_cells(grid), reverse=True)[:MOST]
        across, down = image.width / grid.width, image.height / grid.height
        return [
            FocalPoint(
                (x + 0.5) * across,
                (y + 0.5) * down,
                value / 255 * across * down,
                across,
                down,
                ORIGIN,
                value / 255,
            )
            for value, y, x in cells
        ]


def _cells(grid: Image) -> Iterator[tuple[int, int, int]]:
    for number, value in enumerate(grid.tobytes()):
        if value:
            yield value, number // grid.width, number % grid.width


def create(env: Environment) -> Saliency:
    """The detector behind `smart` where no other finds anything."""
    return Saliency()
