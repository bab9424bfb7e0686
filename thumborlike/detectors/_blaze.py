"""BlazeFace, the short-range face detector of MediaPipe, computed by numpy alone.

It was trained on squares of 128 pixels. All its layers are convolutions, so it looks at pictures
of other sizes as well, and finds faces of the same sizes in pixels there: from about 20 to 110.
The weights in `blazeface.npz` are those of Google's `face_detection_short_range.tflite`, under the
Apache License 2.0; docs/smart.md tells where they come from.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

STEP = 16
"""Both sides of what the network sees are multiples of so many pixels."""

STRIDES = (1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
FIRST_HEAD = 11
"""Blocks before the coarser map: the finer of the two maps is taken there."""

MAPS = ((8, 2), (16, 6))
"""Pixels from one cell of each map to the next, and anchors in each cell."""

Array = Any
Block = tuple[int, Array, Array, Array]
"""Stride; nine depthwise weights of each channel; pointwise weights; bias."""


class Network:
    """The weights, ready to be used."""

    def __init__(self, weights: list[tuple[Array, Array]]) -> None:
        kernel, self._bias = weights[0]
        self._kernel = kernel.reshape(len(kernel), -1).T.copy()
        pairs = weights[1 : 1 + 2 * len(STRIDES)]
        self._blocks = [
            _prepared(stride, depth, point)
            for stride, depth, point in zip(STRIDES, pairs[::2], pairs[1::2], strict=True)
        ]
        self._heads = [(w.reshape(len(w), -1).T, b) for w, b in weights[1 + len(pairs) :]]

    def __call__(self, picture: Array) -> tuple[Array, Array]:
        """Boxes (left, top, width, height in pixels) and scores (0 to 1) of each anchor.

        `picture`: rows of pixels, RGB, -1 to 1; both sides multiples of `STEP`.
        """
        seen = np.maximum(_patches(picture) @ self._kernel + self._bias, 0)
        maps = []
        for number, block in enumerate(self._blocks):
            if number == FIRST_HEAD:
                maps.append(seen)
            seen = _block(seen, block)
        maps.append(seen)
        scores = [self._told(maps[each], each, 1) for each in (0, 1)]
        boxes = [self._told(maps[each], each + 2, 16) for each in (0, 1)]
        raw, score = np.concatenate(boxes), np.concatenate(scores)[..., 0]
        sizes = raw[..., 2:4]
        corners = raw[..., :2] + _anchors(*picture.shape[:2]) - sizes / 2
        return np.concatenate((corners, sizes), -1), 1 / (1 + np.exp(-np.clip(score, -50, 50)))

    def _told(self, seen: Array, head: int, values: int) -> Array:
        weights, bias = self._heads[head]
        return (seen @ weights + bias).reshape(-1, values)


def _prepared(stride: int, depth: tuple[Array, Array], point: tuple[Array, Array]) -> Block:
    across = point[0].reshape(len(point[0]), -1).T.copy()
    return stride, depth[0].reshape(9, -1), across, point[1] + depth[1] @ across


def _patches(picture: Array) -> Array:
    """5 x 5 windows, two pixels apart. As TensorFlow pads: one before, two after."""
    padded = np.pad(picture, ((1, 2), (1, 2), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), (0, 1))[::2, ::2]
    high, wide = windows.shape[:2]
    return windows.transpose(0, 1, 3, 4, 2).reshape(high, wide, 75)


def _block(seen: Array, weights: Block) -> Array:
    """A depthwise 3 x 3 and a pointwise convolution, added to what came in."""
    stride, depth, point, bias = weights
    made = _depthwise(seen, depth, stride) @ point
    made += bias
    if stride == 2:
        upper, lower = seen[::2], seen[1::2]
        seen = np.maximum(
            np.maximum(upper[:, ::2], upper[:, 1::2]), np.maximum(lower[:, ::2], lower[:, 1::2])
        )
    made[..., : seen.shape[-1]] += seen
    return np.maximum(made, 0, out=made)


def _depthwise(seen: Array, depth: Array, stride: int) -> Array:
    """The depthwise convolution, a whole row of cells at once.

    Cell by cell numpy would go from one few channels to the next, which takes twice as long, even
    where every second cell is thrown away. As TensorFlow pads: around, or after the last.
    """
    high, wide, channels = seen.shape
    first = 2 - stride
    padded = np.zeros((high + 1 + first, wide + 2, channels), np.float32)
    padded[first : first + high, first : first + wide] = seen
    rows = padded.reshape(len(padded), -1)
    row, value = rows.strides
    windows = np.lib.stride_tricks.as_strided(
        rows, (high // stride, 3, 3, wide * channels), (stride * row, row, channels * value, value)
    )
    taps = np.tile(depth, (1, wide)).reshape(3, 3, -1)
    made = np.einsum("hdal,dal->hl", windows, taps)
    return made.reshape(-1, wide, channels)[:, ::stride]


def _anchors(high: int, wide: int) -> Array:
    """The middles of the cells, as often as there are anchors in them."""
    rows = []
    for step, each in MAPS:
        middles = [
            (np.arange(side // step, dtype=np.float32) + 0.5) * step for side in (high, wide)
        ]
        down, across = np.meshgrid(*middles, indexing="ij")
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
