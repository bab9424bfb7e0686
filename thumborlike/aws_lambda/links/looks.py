"""Edits for which somebody has to look at the picture first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...records import dataclass
from .errors import bad_edit
from .numbers import number, whole


@dataclass(frozen=True, slots=True)
class Face:
    """Cut to this face, with so many pixels round it."""

    index: int = 0
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """`face` to cut to, and `blur` (a sigma) for contents of these labels; none means any.

    `confidence` in percent.
    """

    source: str
    face: Face | None = None
    blur: float | None = None
    confidence: float = 75.0
    labels: tuple[str, ...] = ()


def look_of(edits: Mapping[str, Any], source: str) -> Look | None:
    """What is to be looked for; None: nothing. Raises `LinkError`."""
    face = _face(edits.get("smartCrop"))
    asked = edits.get("contentModeration")
    if asked in (None, False):
        return Look(source, face) if face else None
    named = asked if isinstance(asked, dict) else {}
    labels = named.get("moderationLabels") or ()
    if not isinstance(labels, (list, tuple)):
        raise bad_edit("contentModeration", "has labels that are no list")
    return Look(
        source,
        face,
        number(named.get("blur", 50), "contentModeration", 0.3, 1000),
        number(named.get("minConfidence", 75), "contentModeration", 0, 100),
        tuple(map(str, labels)),
    )


def _face(asked: Any) -> Face | None:
    if asked in (None, False):
        return None
    named = asked if isinstance(asked, dict) else {}
    return Face(
        whole(named.get("faceIndex") or 0, "smartCrop"),
        whole(named.get("padding") or 0, "smartCrop", -100_000),
    )
