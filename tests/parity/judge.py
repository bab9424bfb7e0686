"""Compares two answers to one case, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from .cases import Case
from .compare import LOSSLESS, LOSSY, Likeness, likeness, open_picture
from .servers import Answer

COMPARED = ("cache-control", "vary", "access-control-allow-origin")
PRESENT = ("etag", "expires", "last-modified")
LOSSY_TYPES = ("image/jpeg", "image/webp", "image/avif")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which the answers differ: both values as text."""

    field: str
    thumbor: str
    ours: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All differences of a case, and how alike the pictures are where there are two."""

    case: Case
    thumbor: Answer
    ours: Answer
    differences: tuple[Difference, ...]
    likeness: Likeness | None = None


def judge(case: Case, thumbor: Answer, ours: Answer) -> Verdict:
    """Compare what two servers said to one case."""
    differences = list(_told(case, thumbor, ours))
    if thumbor.status != 200 or ours.status != 200 or case.method == "HEAD":
        return Verdict(case, thumbor, ours, tuple(differences))
    if not thumbor.type.startswith("image/") or not ours.type.startswith("image/"):
        differences += _texts(thumbor, ours)
        return Verdict(case, thumbor, ours, tuple(differences))
    one, other = _opened(thumbor), _opened(ours)
    if one is None or other is None:
        differences.append(Difference("picture", _readable(one), _readable(other)))
        return Verdict(case, thumbor, ours, tuple(differences))
    differences += _shapes(one, other)
    if one.size != other.size:
        return Verdict(case, thumbor, ours, tuple(differences))
    alike = likeness(one, other)
    tolerance = LOSSY if thumbor.type in LOSSY_TYPES else LOSSLESS
    if not tolerance.admits(alike):
        differences.append(Difference("pixels", f"needs {tolerance}", str(alike)))
    differences += _movement(one, other)
    return Verdict(case, thumbor, ours, tuple(differences), alike)


def moved(body: bytes) -> list[tuple[int, Image.Image]]:
    """The frames of a picture as they are shown: milliseconds and pixels."""
    return list(_frames(open_picture(body)))


def _frames(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        picture.load()
        yield round(picture.info.get("duration") or 0), picture.convert("RGBA")


def _movement(one: Image.Image, other: Image.Image) -> Iterator[Difference]:
    """What only animations have: times, repetitions, frames behind the first."""
    if max(getattr(each, "n_frames", 1) for each in (one, other)) == 1:
        return
    loops = str(one.info.get("loop")), str(other.info.get("loop"))
    if loops[0] != loops[1]:
        yield Difference("loop", *loops)
    left, right = list(_frames(one)), list(_frames(other))
    times = [str([time for time, _ in frames]) for frames in (left, right)]
    if times[0] != times[1]:
        yield Difference("durations", *times)
    pairs = zip(left[1:], right[1:], strict=False)
    alike = [likeness(first, second) for (_, first), (_, second) in pairs]
    farthest = max((each.mean for each in alike), default=0.0)
    if farthest > LOSSLESS.mean:
        yield Difference("later frames", f"needs {LOSSLESS}", f"mean {farthest:.2f}")


def _told(case: Case, thumbor: Answer, ours: Answer) -> Iterator[Difference]:
    """What status line and headers say."""
    if thumbor.status != ours.status:
        yield Difference("status", str(thumbor.status), str(ours.status))
        return
    if thumbor.status != 304 and thumbor.type != ours.type:
        yield Difference("type", thumbor.type, ours.type)
    for name in COMPARED:
        if _plain(thumbor, name) != _plain(ours, name):
            yield Difference(name, thumbor.headers.get(name, "-"), ours.headers.get(name, "-"))
    for name in PRESENT:
        if (name in thumbor.headers) != (name in ours.headers):
            yield Difference(name, thumbor.headers.get(name, "-"), ours.headers.get(name, "-"))


def _plain(answer: Answer, name: str) -> str:
    """Without blanks, which Thumbor leaves out of Cache-Control and others do not."""
    return answer.headers.get(name, "").replace(" ", "").lower()


def _texts(thumbor: Answer, ours: Answer) -> Iterator[Difference]:
    if not thumbor.type.startswith("image/") and _json(thumbor) != _json(ours):
        yield Difference("body", repr(thumbor.body[:2000]), repr(ours.body[:2000]))


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except ValueError:
        return answer.body


def _opened(answer: Answer) -> Image.Image | None:
    try:
        return open_picture(answer.body)
    except OSError:
        return None


def _readable(picture: Image.Image | None) -> str:
    return "unreadable" if picture is None else "readable"


def _shapes(one: Image.Image, other: Image.Image) -> Iterator[Difference]:
    pairs = [
        ("size", one.size, other.size),
        ("mode", one.mode, other.mode),
        ("frames", getattr(one, "n_frames", 1), getattr(other, "n_frames", 1)),
        ("icc", bool(one.info.get("icc_profile")), bool(other.info.get("icc_profile"))),
        ("exif", sorted(one.getexif()), sorted(other.getexif())),
        ("progressive", one.info.get("progressive"), other.info.get("progressive")),
    ]
    for field, left, right in pairs:
        if left != right:
            yield Difference(field, str(left), str(right))
