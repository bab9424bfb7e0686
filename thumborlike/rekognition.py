"""What answers of Amazon Rekognition say. Pure; who asks is elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .records import dataclass

MOST_BYTES = 5 << 20
"""Bytes that a picture in a request may have."""

Answer = Mapping[str, Any]


class Unreadable(ValueError):
    """An answer is not what was asked for: nothing is known of the picture."""


@dataclass(frozen=True, slots=True)
class Spotted:
    """Something in a picture. `box`: left, top, width and height as parts of the picture.

    Boxes may leave the picture. `confidence`: 0 to 1.
    """

    name: str
    box: tuple[float, float, float, float]
    confidence: float = 1.0


def faces_of(answer: Answer) -> list[Spotted]:
    """The faces in an answer to DetectFaces, in its order. Raises `Unreadable`."""
    return [_spotted("Face", each) for each in _listed(answer, "FaceDetails")]


def objects_of(answer: Answer, names: Collection[str] = ()) -> list[Spotted]:
    """What an answer to DetectLabels has boxes for; of these names (small letters) if there are.

    Raises `Unreadable`.
    """
    return [
        _spotted(name, each)
        for label in _listed(answer, "Labels")
        for name in (str(label.get("Name")),)
        if not names or name.lower() in names
        for each in label.get("Instances", ())
    ]


def moderated(answer: Answer) -> list[tuple[str, float]]:
    """Name and confidence of each label in an answer to DetectModerationLabels.

    Raises `Unreadable`.
    """
    found = _listed(answer, "ModerationLabels")
    return [(str(each.get("Name")), _share(each)) for each in found]


def _listed(answer: Answer, key: str) -> list[Answer]:
    found = answer.get(key)
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise Unreadable(f"an answer without {key}")
    return found


def _spotted(name: str, found: Answer) -> Spotted:
    box = found.get("BoundingBox")
    if not isinstance(box, Mapping):
        raise Unreadable("a find without a box")
    left, top, width, height = (_number(box, side) for side in ("Left", "Top", "Width", "Height"))
    return Spotted(name, (left, top, width, height), _share(found))


def _number(found: Answer, key: str) -> float:
    value = found.get(key)
    if not isinstance(value, (int, float)):
        raise Unreadable(f"a find without {key}")
    return float(value)


def _share(found: Answer) -> float:
    """A missing confidence counts as full."""
    return min(max(float(found.get("Confidence", 100)) / 100, 0.0), 1.0)
