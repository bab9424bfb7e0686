"""Pictures whose pixels are made when somebody looks at them, as Pillow's own files do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PIL import Image

Size = tuple[int, int]
Maker = Callable[[Size], Image.Image]


class Deferred(Image.Image):
    """A picture of known size and mode; `make` gives its pixels, once."""

    def __init__(self, mode: str, size: Size, make: Maker) -> None:
        super().__init__()
        self._mode = mode
        self._size = size
        self._make: Maker | None = make

    def load(self) -> Any:
        """Make the pixels if that is not done. Raises what the maker raises."""
        if self._make is not None:
            done = self._make(self.size)
            done.load()
            self.im, self._mode, self._size = done.im, done.mode, done.size
            self._make = None
        return super().load()


class Drawing(Deferred):
    """A picture without pixels of its own: sharp at any size of at most `most` pixels."""

    def __init__(self, mode: str, size: Size, make: Maker, most: int) -> None:
        super().__init__(mode, size, make)
        self._most = most

    def scale(self, factor: float) -> None:
        """Be drawn `factor` times as large. No effect once it is drawn."""
        if self._make is None:
            return
        largest = math.sqrt(self._most / (self.width * self.height))
        factor = min(factor, largest)
        self._size = (max(round(self.width * factor), 1), max(round(self.height * factor), 1))
