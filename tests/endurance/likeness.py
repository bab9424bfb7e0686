"""Whether two answers are the same picture, up to the rounding that docs/caching.md tells of."""

from __future__ import annotations

import hashlib
import io

import numpy
from PIL import Image

MEAN, MOST = 2.0, 20.0
"""Differences, of 255, of all samples in the mean, and of the mean of 8 by 8 pixels at most: one
pixel of a GIF may have another colour of its palette. Measured: 1.4 and 8.8; of a picture that is
cut out 7 pixels further: 1.9 and 102."""

SIDE = 8


class Likeness:
    """Compares with the answers that were given first; remembers what it has compared."""

    def __init__(self, golden: dict[str, bytes]) -> None:
        self._golden = golden
        self._known: dict[tuple[str, bytes], str] = {}
        self.mean = self.most = 0.0
        self.others = 0

    def fault(self, path: str, body: bytes) -> str:
        """What is wrong with it; empty if nothing is."""
        if body == self._golden[path]:
            return ""
        key = path, hashlib.sha256(body).digest()
        if key not in self._known:
            self._known[key] = self._compared(self._golden[path], body)
            self.others += 1
        return self._known[key]

    def _compared(self, golden: bytes, body: bytes) -> str:
        try:
            first, second = _pixels(golden), _pixels(body)
        except (OSError, SyntaxError, ValueError) as error:
            return f"cannot be decoded: {error}"
        if first.shape != second.shape:
            return f"another size: {second.shape}"
        mean = float(numpy.abs(first - second).mean())
        most = float(numpy.abs(_blocks(first) - _blocks(second)).max())
        self.mean, self.most = max(self.mean, mean), max(self.most, most)
        return f"another picture: {mean:.2f}, {most:.1f}" if mean > MEAN or most > MOST else ""


def _pixels(data: bytes) -> numpy.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return numpy.asarray(picture.convert("RGBA"), numpy.int16)


def _blocks(pixels: numpy.ndarray) -> numpy.ndarray:
    """Means of squares; what is left over at the edges is not looked at."""
    height, width, depth = (pixels.shape[0] // SIDE, pixels.shape[1] // SIDE, pixels.shape[2])
    whole = pixels[: height * SIDE, : width * SIDE]
    means: numpy.ndarray = whole.reshape(height, SIDE, width, SIDE, depth).mean((1, 3))
    return means
