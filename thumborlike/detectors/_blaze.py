"""BlazeFace, the short-range face detector of MediaPipe, computed by numpy alone.

The weights in `blazeface.npz` are those of Google's `face_detection_short_range.tflite`, under the
Apache License 2.0; docs/smart.md tells where they come from.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 128
"""Pixels of the square that the network sees."""

STRIDES = (1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
FIRST_HEAD = 11
"""Blocks before the coarser map: the finer of the two maps is taken there."""

MAPS = ((16, 2), (8, 6))
"""Cells along a side of each map, and anchors in each cell."""

Array = Any
Block = tuple[int, Array, Array, Array]
"""Stride; nine depthwise weights of each channel, of each cell in a row where the stride is 1;
pointwise weights; bias."""


class Network:
    """The weights, ready to be used."""

    def __init__(self, weights: list[tuple[Array, Array]]) -> None:
        kernel, self._bias = weights[0]
        self._kernel = kernel.reshape(len(kernel), -1).T.copy()
        pairs = weights[1 : 1 + 2 * len(STRIDES)]
        self._blocks, side = [], SIDE // 2
        for stride, depth, point in zip(STRIDES, pairs[::2], pairs[1::2], strict=True):
            side //= stride
            self._blocks.append(_prepared(stride, depth, point, side))
        self._heads = [(w.reshape(len(w), -1).T, b) for w, b in weights[1 + len(pairs) :]]

    def __call__(self, pictures: Array) -> tuple[Array, Array]:
        """Boxes (x, y, width, height in squares' sides) and scores (0 to 1) of each anchor.

        `pictures`: n squares of `SIDE` pixels, RGB, -1 to 1.
        """
        seen = np.maximum(_patches(pictures) @ self._kernel + self._bias, 0)
        maps = []
        for number, block in enumerate(self._blocks):
            if number == FIRST_HEAD:
                maps.append(seen)
            seen = _block(seen, block)
        maps.append(seen)
        scores = [self._told(maps[each], each, 1) for each in (0, 1)]
        boxes = [self._told(maps[each], each + 2, 16) for each in (0, 1)]
        raw = np.concatenate(boxes, 1)
        centres = raw[..., :2] / SIDE + _anchors()
        sizes = raw[..., 2:4] / SIDE
        score = np.concatenate(scores, 1)[..., 0]
        return np.concatenate((centres, sizes), -1), 1 / (1 + np.exp(-np.clip(score, -50, 50)))

    def _told(self, seen: Array, head: int, values: int) -> Array:
        weights, bias = self._heads[head]
        return (seen @ weights + bias).reshape(len(seen), -1, values)


def _prepared(
    stride: int, depth: tuple[Array, Array], point: tuple[Array, Array], side: int
) -> Block:
    taps = depth[0].reshape(9, -1)
    across = point[0].reshape(len(point[0]), -1).T.copy()
    bias = point[1] + depth[1] @ across
    return stride, np.tile(taps, (1, side)) if stride == 1 else taps, across, bias


def _patches(pictures: Array) -> Array:
    """5 x 5 windows, two pixels apart. As TensorFlow pads: one before, two after."""
    padded = np.pad(pictures, ((0, 0), (1, 2), (1, 2), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), (1, 2))[:, ::2, ::2]
    count, high, wide = windows.shape[:3]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(count, high, wide, 75)


def _block(seen: Array, weights: Block) -> Array:
    """A depthwise 3 x 3 and a pointwise convolution, added to what came in."""
    stride, depth, point, bias = weights
    made = (_in_rows if stride == 1 else _halved)(seen, depth) @ point + bias
    if stride == 2:
        upper, lower = seen[:, ::2], seen[:, 1::2]
        seen = np.maximum(
            np.maximum(upper[:, :, ::2], upper[:, :, 1::2]),
            np.maximum(lower[:, :, ::2], lower[:, :, 1::2]),
        )
    made[..., : seen.shape[-1]] += seen
    return np.maximum(made, 0, out=made)


def _in_rows(seen: Array, depth: Array) -> Array:
    """The depthwise convolution, a whole row of cells at once.

    Cell by cell numpy would go from one few channels to the next, which takes twice as long.
    """
    count, high, wide, channels = seen.shape
    padded = np.zeros((count, high + 2, wide + 2, channels), np.float32)
    padded[:, 1:-1, 1:-1] = seen
    rows, length = padded.reshape(count, high + 2, -1), wide * channels
    total = np.zeros((count, high, length), np.float32)
    part = np.empty_like(total)
    for tap in range(9):
        down, across = divmod(tap, 3)
        begins = across * channels
        np.multiply(rows[:, down : down + high, begins : begins + length], depth[tap], out=part)
        total += part
    return total.reshape(seen.shape)


def _halved(seen: Array, depth: Array) -> Array:
    """The same for every second cell. As TensorFlow pads: after the last cell."""
    count, high, wide, channels = seen.shape
    padded = np.zeros((count, high + 1, wide + 1, channels), np.float32)
    padded[:, :-1, :-1] = seen
    total = np.zeros((count, high // 2, wide // 2, channels), np.float32)
    part = np.empty_like(total)
    for tap in range(9):
        down, across = divmod(tap, 3)
        taken = padded[:, down : down + high - 1 : 2, across : across + wide - 1 : 2]
        np.multiply(taken, depth[tap], out=part)
        total += part
    return total


@lru_cache(maxsize=1)
def _anchors() -> Array:
    rows = []
    for cells, each in MAPS:
        middles = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        down, across = np.meshgrid(middles, middles, indexing="ij")
        rows.append(np.repeat(np.stack((across, down), -1).reshape(-1, 2), each, 0))
    return np.concatenate(rows)


@lru_cache(maxsize=1)
def network() -> Network:
    """The network, loaded once for each process."""
    with Path(__file__).with_name("blazeface.npz").open("rb") as file:
        stored = np.load(file)
        count = len(stored.files) // 2
        weights = [
            (stored[f"w{each:02}"].astype(np.float32), stored[f"b{each:02}"].astype(np.float32))
            for each in range(count)
        ]
    return Network(weights)
