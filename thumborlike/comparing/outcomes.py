"""What is kept of a comparison: small, and as JSON in the journal. Pure but for the thumbnails."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from PIL import Image, ImageChops

from ..batch.answers import Answer
from ..records import dataclass
from .classes import Shape
from .judging import Verdict
from .known import explain
from .likeness import Unreadable, open_picture, visible
from .questions import Question

LONGEST = 300
"""Characters of a value that are kept."""

SIDE = 360
"""Pixels of a thumbnail, at most, each way."""

AMPLIFIED = 8
"""How much stronger the third picture shows what differs."""

SEEN = frozenset({"picture", "type", "size", "mode", "pixels", "frames", "later frames", "status"})
"""Fields in which pictures differ to the eye."""

Kind = Literal["equal", "known", "different"]


@dataclass(frozen=True, slots=True)
class Told:
    """One side: status, media type, bytes of the body, and milliseconds; `error` if no answer."""

    status: int
    type: str
    size: int
    milliseconds: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A field that differs, both values, and the rule that means it to; empty if none does."""

    field: str
    old: str
    new: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. `pictures` are data URIs: old, new, what differs."""

    name: str
    path: str
    accept: str
    hits: int
    shape: Shape
    old: Told
    new: Told
    findings: tuple[Finding, ...] = ()
    ssim: float | None = None
    mean: float | None = None
    pictures: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """Equal; different only as is meant; or different."""
        if not self.findings:
            return "equal"
        return "known" if all(each.rule for each in self.findings) else "different"


def outcome_of(question: Question, verdict: Verdict) -> Outcome:
    """Without pictures."""
    alike = verdict.likeness
    return Outcome(
        question.name,
        question.path,
        question.accept,
        question.hits,
        question.shape,
        _side(verdict.old),
        _side(verdict.new),
        tuple(_findings(verdict)),
        round(alike.ssim, 5) if alike else None,
        round(alike.mean, 3) if alike else None,
    )


def _side(answer: Answer) -> Told:
    media_type = answer.type[:80]
    return Told(
        answer.status,
        media_type,
        len(answer.body),
        round(answer.seconds * 1000, 2),
        answer.error[:LONGEST],
    )


def _findings(verdict: Verdict) -> Sequence[Finding]:
    found = []
    for each in verdict.differences:
        rule = explain(verdict, each)
        old, new = each.old[:LONGEST], each.new[:LONGEST]
        found.append(Finding(each.field, old, new, rule.name if rule else ""))
    return found


def thumbnails(old: Answer, new: Answer) -> tuple[str, ...]:
    """Both pictures, drawn anew and small, and what differs; an empty text for what is none."""
    one, other = _small(old), _small(new)
    told = (_uri(one), _uri(other))
    if one is None or other is None or one.size != other.size:
        return told
    gap = ImageChops.difference(visible(one), visible(other)).convert("RGB")
    return (*told, _uri(gap.point(lambda value: min(255, value * AMPLIFIED))))


def _small(answer: Answer) -> Image.Image | None:
    if answer.status != 200:
        return None
    try:
        picture = open_picture(answer.body)
        shown = picture.convert("RGBA") if picture.mode[:1] != "I" else visible(picture)
    except (Unreadable, ValueError):
        return None
    shown.thumbnail((SIDE, SIDE))
    return shown


def _uri(picture: Image.Image | None) -> str:
    if picture is None:
        return ""
    body = io.BytesIO()
    picture.save(body, "WEBP", quality=80, method=2)
    return "data:image/webp;base64," + base64.b64encode(body.getvalue()).decode("ascii")


def as_record(outcome: Outcome) -> dict[str, Any]:
    """For JSON."""
    shape = outcome.shape
    return {
        "name": outcome.name,
        "path": outcome.path,
        "accept": outcome.accept,
        "hits": outcome.hits,
        "shape": [shape.size, shape.filters, shape.format, shape.accept],
        "old": _told(outcome.old),
        "new": _told(outcome.new),
        "findings": [[each.field, each.old, each.new, each.rule] for each in outcome.findings],
        "ssim": outcome.ssim,
        "mean": outcome.mean,
        **({"pictures": list(outcome.pictures)} if outcome.pictures else {}),
    }


def from_record(record: Mapping[str, Any]) -> Outcome | None:
    """From JSON; None for what is no outcome."""
    try:
        return Outcome(
            record["name"],
            record["path"],
            record["accept"],
            int(record["hits"]),
            Shape(*record["shape"]),
            Told(*record["old"]),
            Told(*record["new"]),
            tuple(Finding(*each) for each in record["findings"]),
            record["ssim"],
            record["mean"],
            tuple(record.get("pictures", ())),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _told(side: Told) -> list[object]:
    return [side.status, side.type, side.size, side.milliseconds, side.error]
