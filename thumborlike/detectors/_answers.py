"""What a detector behind HTTP may answer: the form in which `meta` tells what was found.

    {"detect": [{"kind": "face", "confidence": 0.93,
                 "box": {"left": 10, "top": 20.5, "right": 110, "bottom": 140}}]}

in pixels of the picture that was posted. `kind` is `face` and `confidence` 1 if they are missing;
further keys do no harm.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from thumborlike.errors import DetectionFailed
from thumborlike.interfaces import FocalPoint

from ._cascade import FACE

MOST = 1000
"""Regions that an answer may have."""

LONGEST = 60
"""Characters that a kind may have."""

SIDES = ("left", "top", "right", "bottom")


def points_of(body: bytes) -> list[FocalPoint]:
    """The regions of an answer. Raises `DetectionFailed` for one that is not of the form above."""
    try:
        document = json.loads(body)
        found = document["detect"]
        if not isinstance(found, list) or len(found) > MOST:
            raise ValueError("no list, or too long a list")
        return [_point(each) for each in found]
    except (
        ValueError,
        OverflowError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
    ) as error:
        raise DetectionFailed("the answer is not what a detector answers") from error


def _point(region: dict[str, Any]) -> FocalPoint:
    left, top, right, bottom = (_number(region["box"][side]) for side in SIDES)
    sure = _number(region.get("confidence", 1))
    if not left < right or not top < bottom or not 0 <= sure <= 1:
        raise ValueError("no box, or no confidence")
    width, height = right - left, bottom - top
    middle = left + width / 2, top + height / 2
    origin = _origin(region.get("kind", "face"))
    return FocalPoint(*middle, width * height, width, height, origin, sure)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError("no number")
    return float(value)


def _origin(kind: Any) -> str:
    if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST or not kind.isprintable():
        raise ValueError("no kind")
    return FACE if kind.lower() in ("face", FACE.lower()) else kind
