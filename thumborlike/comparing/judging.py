"""Compares two servers' answers to one question, field by field.

Bodies may be hostile: what is decoded is bounded in formats, pixels and frames, and what a codec
raises is told as a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Protocol

from PIL import Image

from ..batch.answers import Answer
from ..records import dataclass
from .likeness import (
    LOSSLESS,
    LOSSY,
    Likeness,
    Tolerance,
    Unreadable,
    likeness,
    open_frame,
    open_picture,
)

COMPARED = ("cache-control", "vary", "access-control-allow-origin")
PRESENT = ("etag", "expires", "last-modified")
LOSSY_TYPES = ("image/jpeg", "image/webp", "image/avif")
MOST_FRAMES = 300
"""Frames of an animation that are compared."""

SHOWN = 2000
"""Bytes of a text that are told."""


class Asked(Protocol):
    """What both were asked."""

    @property
    def path(self) -> str:
        """The request path."""
        ...

    @property
    def method(self) -> str:
        """GET or another one."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """What was sent besides."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which the answers differ: both values as text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All differences, and how alike the pictures are where there are two of one size."""

    asked: Asked
    old: Answer
    new: Answer
    differences: tuple[Difference, ...]
    likeness: Likeness | None = None


def judge(asked: Asked, old: Answer, new: Answer) -> Verdict:
    """Compare what two servers said."""
    differences = list(_told(old, new))
    if old.status != 200 or new.status != 200 or asked.method == "HEAD":
        return Verdict(asked, old, new, tuple(differences))
    if not old.type.startswith("image/") or not new.type.startswith("image/"):
        differences += _texts(old, new)
        return Verdict(asked, old, new, tuple(differences))
    one, other = _opened(old), _opened(new)
    if one is None or other is None:
        if one is not other or old.body != new.body:
            differences.append(Difference("picture", _readable(one), _readable(other)))
        return Verdict(asked, old, new, tuple(differences))
    differences += _shapes(one, other)
    if one.size != other.size:
        return Verdict(asked, old, new, tuple(differences))
    try:
        alike = likeness(one, other)
    except ValueError:  # a mode that cannot be shown
        differences.append(Difference("picture", one.mode, other.mode))
        return Verdict(asked, old, new, tuple(differences))
    tolerance = LOSSY if old.type in LOSSY_TYPES else LOSSLESS
    if not tolerance.admits(alike):
        differences.append(Difference("pixels", *_figures(tolerance, alike)))
    differences += _movement(one, other)
    return Verdict(asked, old, new, tuple(differences), alike)


def _figures(tolerance: Tolerance, alike: Likeness) -> tuple[str, str]:
    """What would pass, and what there is."""
    ssim = f"SSIM {tolerance.ssim} or more, " if tolerance.ssim > 0 else ""
    told = f"SSIM {alike.ssim:.4f}, mean {alike.mean:.2f}, worst {alike.worst}"
    return f"{ssim}mean at most {tolerance.mean}", told


def moved(body: bytes) -> list[tuple[int, Image.Image]]:
    """The frames of a picture as they are shown: milliseconds and pixels. Raises `Unreadable`."""
    return list(_frames(open_picture(body)))


def _frames(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    for number in range(min(_count(picture), MOST_FRAMES)):
        open_frame(picture, number)
        yield round(picture.info.get("duration") or 0), picture.convert("RGBA")


def _movement(one: Image.Image, other: Image.Image) -> Iterator[Difference]:
    """What only animations have: times, repetitions, frames behind the first."""
    if max(map(_count, (one, other))) == 1:
        return
    loops = str(one.info.get("loop")), str(other.info.get("loop"))
    if loops[0] != loops[1]:
        yield Difference("loop", *loops)
    try:
        yield from _later(one, other)
    except Unreadable as error:
        yield Difference("later frames", "readable", str(error))


def _later(one: Image.Image, other: Image.Image) -> Iterator[Difference]:
    """Two frames are in memory at a time, however many there are."""
    times: tuple[list[int], list[int]] = [], []
    farthest = 0.0
    for number in range(min(MOST_FRAMES, max(map(_count, (one, other))))):
        shown = []
        for picture, kept in zip((one, other), times, strict=True):
            if number < _count(picture):
                open_frame(picture, number)
                kept.append(round(picture.info.get("duration") or 0))
                shown.append(picture.convert("RGBA"))
        if number and len(shown) == 2:
            farthest = max(farthest, likeness(*shown).mean)
    if times[0] != times[1]:
        yield Difference("durations", str(times[0]), str(times[1]))
    if farthest > LOSSLESS.mean:
        yield Difference("later frames", f"mean at most {LOSSLESS.mean}", f"mean {farthest:.2f}")


def _told(old: Answer, new: Answer) -> Iterator[Difference]:
    """What status line and headers say."""
    if old.status != new.status:
        yield Difference("status", str(old.status), str(new.status))
        return
    if old.status != 304 and old.type != new.type:
        yield Difference("type", old.type, new.type)
    for name in COMPARED:
        if _plain(old, name) != _plain(new, name):
            yield Difference(name, old.headers.get(name, "-"), new.headers.get(name, "-"))
    for name in PRESENT:
        if (name in old.headers) != (name in new.headers):
            yield Difference(name, old.headers.get(name, "-"), new.headers.get(name, "-"))


def _plain(answer: Answer, name: str) -> str:
    """Without blanks, which Thumbor leaves out of Cache-Control and others do not."""
    return answer.headers.get(name, "").replace(" ", "").lower()


def _texts(old: Answer, new: Answer) -> Iterator[Difference]:
    if not old.type.startswith("image/") and _json(old) != _json(new):
        yield Difference("body", repr(old.body[:SHOWN]), repr(new.body[:SHOWN]))


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return answer.body


def _opened(answer: Answer) -> Image.Image | None:
    try:
        return open_picture(answer.body)
    except Unreadable:
        return None


def _readable(picture: Image.Image | None) -> str:
    return "unreadable" if picture is None else "readable"


def _count(picture: Image.Image) -> int:
    return int(getattr(picture, "n_frames", 1))


def _shapes(one: Image.Image, other: Image.Image) -> Iterator[Difference]:
    pairs = [
        ("size", one.size, other.size),
        ("mode", one.mode, other.mode),
        ("frames", _count(one), _count(other)),
        ("icc", bool(one.info.get("icc_profile")), bool(other.info.get("icc_profile"))),
        ("exif", _tags(one), _tags(other)),
        ("progressive", one.info.get("progressive"), other.info.get("progressive")),
    ]
    for field, left, right in pairs:
        if left != right:
            yield Difference(field, str(left), str(right))


def _tags(picture: Image.Image) -> list[int]:
    """The tags of its EXIF, none where that is damaged."""
    try:
        return sorted(picture.getexif())
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, IndexError):
        return []
