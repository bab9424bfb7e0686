"""What detectors find, as values: checked, brought to the source's pixels, written and read."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from .errors import DetectionFailed
from .focusing import SALIENCY, leading
from .interfaces import FocalPoint
from .job import Job, Sighting
from .records import replace

Points = tuple[FocalPoint, ...]
Size = tuple[int, int]
_SIZES = struct.Struct(">4I")
NOTHING = "nothing"
"""Origin of the one point that is stored where nothing was found: the middle of the picture.

Thumbor, which needs a point with a weight, reads it and cuts where it does without any.
"""


def steered(job: Job, found: Points) -> Job:
    """The job with what was found, which under `smart` steers its crop.

    Thumbor 7.8: found points add up with those that the URL names; what only catches the eye
    does not.
    """
    job = replace(job, found=found, ask=(), must_ask=())
    if not job.layout.smart:
        return job
    own, added = job.layout.focal_points, leading(found)
    if own:
        added = tuple(each for each in added if each.origin != SALIENCY)
    return replace(job, layout=replace(job.layout, focal_points=(*own, *added)))


def packed(jpeg: bytes, size: Size, own: Size) -> bytes:
    """A scene, its size and its source's, as a worker gives it."""
    return _SIZES.pack(*size, *own) + jpeg


def unpacked(body: bytes) -> tuple[bytes, Size, Size]:
    """The reverse of `packed`."""
    width, height, own_width, own_height = _SIZES.unpack_from(body)
    return body[_SIZES.size :], (width, height), (own_width, own_height)


def enlarged(points: Any, size: tuple[int, int], own: tuple[int, int]) -> Points:
    """Points of a scene of this size in pixels of a picture of its own. Raises `DetectionFailed`.

    What lies outside is cut off; what is no point of finite numbers fails.
    """
    across, down = own[0] / size[0], own[1] / size[1]
    try:
        return tuple(_enlarged(each, across, down, own) for each in points)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DetectionFailed("a detector gave nonsense") from error


def _enlarged(point: FocalPoint, across: float, down: float, own: tuple[int, int]) -> FocalPoint:
    x, width = _within(point.x * across, point.width * across, own[0])
    y, height = _within(point.y * down, point.height * down, own[1])
    weight = point.weight * across * down
    if not 0 < weight < float("inf") or not 0 <= point.confidence <= 1:
        raise ValueError("no weight, or no confidence")
    return FocalPoint(x, y, weight, width, height, str(point.origin), float(point.confidence))


def _within(middle: float, length: float, whole: int) -> tuple[float, float]:
    first, last = max(middle - length / 2, 0.0), min(middle + length / 2, float(whole))
    if not first < last:
        raise ValueError("outside the picture")
    return (first + last) / 2, last - first


def written(found: Sighting, by: str) -> bytes:
    """A sighting as it is stored. Thumbor 7.8: a list with these keys, and more does no harm.

    `by`: the detectors that might have been asked.
    """
    middle = FocalPoint(found.size[0] // 2, found.size[1] // 2, origin=NOTHING)
    rows = [
        {
            "x": each.x,
            "y": each.y,
            "z": each.weight,
            "height": each.height,
            "width": each.width,
            "origin": each.origin,
            "confidence": round(each.confidence, 4),
            "by": by,
            "asked": list(found.asked),
            "of": found.of,
        }
        for each in found.points or (middle,)
    ]
    return json.dumps(rows).encode()


def read(body: bytes, by: str) -> Sighting | None:
    """What is stored; None if it cannot be read, or other detectors of ours found it."""
    try:
        rows = json.loads(body)
        if any(row.get("by", by) != by for row in rows):
            return None
        asked = [tuple(map(str, row["asked"])) for row in rows if "asked" in row]
        points = tuple(_point(row) for row in rows if row.get("origin") != NOTHING)
        of = str(rows[0].get("of", "")) if rows else ""
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    if not rows or len(asked) < len(rows) or len(set(asked)) > 1:
        return Sighting(points, foreign=True)
    return Sighting(points, asked[0], of=of)


def _point(row: Mapping[str, Any]) -> FocalPoint:
    numbers = [float(row.get(key, 1)) for key in ("x", "y", "z", "width", "height", "confidence")]
    if not all(abs(each) < float("inf") for each in numbers):
        raise ValueError("not finite")
    x, y, weight, width, height, confidence = numbers
    sides = max(width, 1.0), max(height, 1.0)
    return FocalPoint(x, y, weight, *sides, str(row.get("origin", "alignment")), confidence)
