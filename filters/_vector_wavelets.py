"""`_wavelets.py` with vector instructions: some rows at a time through each scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from ._vectors import chunks, clipped, planes, with_planes
from ._wavelets import GROWTH, weights_of


def sharpened(
    np: Any,
    image: Image.Image,
    amount: float,
    radius: float,
    luminance: Sequence[float] | None,
) -> Image.Image:
    """The picture, RGB or RGBA, sharpened; `luminance` weighs the channels of brightness."""
    first, *smoothed = weights_of(amount, radius)
    seen = planes(np, image)
    if luminance:
        gains = [_details(np, _mixed(np, seen, luminance), first, smoothed)] * len(seen)
    else:
        gains = [_details(np, plane.astype(np.float32), first, smoothed) for plane in seen]
    return with_planes(image, [_sum(np, *each) for each in zip(seen, gains, strict=True)])


def _mixed(np: Any, seen: Sequence[Any], weights: Sequence[float]) -> Any:
    mixed = np.empty(seen[0].shape, np.float32)
    for rows in chunks(*mixed.shape):
        mixed[rows] = sum(
            plane[rows].astype(np.float32) * np.float32(weight)
            for plane, weight in zip(seen, weights, strict=True)
        )
    return mixed


def _details(np: Any, plane: Any, first: float, smoothed: Sequence[float]) -> Any:
    """What sharpening adds to a plane of floats."""
    height, width = plane.shape
    total = plane * np.float32(first)
    # Mirrored once for all scales; each smoothing takes a part of the border away.
    border = 2 ** len(smoothed) - 1
    plane = np.pad(plane, border, mode="reflect")
    for scale, weight in enumerate(smoothed):
        step = 2**scale
        border -= step
        share = np.float32(weight / GROWTH ** (scale + 1))
        plane = _hat(np, plane, step)
        inside = plane[border : border + height, border : border + width]
        for rows in chunks(height, width):
            total[rows] += inside[rows] * share
    return total


def _hat(np: Any, plane: Any, step: int) -> Any:
    """Each number twice plus its two neighbours at `step`, along columns, then rows."""
    height, width = plane.shape[0] - 2 * step, plane.shape[1] - 2 * step
    smooth = np.empty((height, width), np.float32)
    for rows in chunks(height, width):
        top, end = rows.start, rows.stop
        middle = plane[top + step : end + step]
        down = plane[top:end] + plane[top + 2 * step : end + 2 * step]
        down += middle
        down += middle
        made, middle = smooth[rows], down[:, step : step + width]
        np.add(down[:, :width], down[:, 2 * step :], out=made)
        made += middle
        made += middle
    return smooth


def _sum(np: Any, plane: Any, gain: Any) -> Any:
    changed = np.empty_like(plane)
    for rows in chunks(*plane.shape):
        # The hair keeps a level that float arithmetic left just below it.
        level = plane[rows] + gain[rows]
        level += np.float32(0.001)
        changed[rows] = clipped(np, level)
    return changed
