"""Do the servers make the same picture? Nothing can be compared with less work or a worse one."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageStat

from .load import Answer, Ask, LoadError, fetch
from .rows import SIGNED, Row
from .servers import Running

WRONG = "/bm90IHRoZSBzaWduYXR1cmUgb2Yg"
"""A signature that fits no URL."""
SLACK = 1
"""Pixels by which a side may differ: servers round differently."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a server's answer is. `fault` says why it cannot be compared, if so.

    `psnr` in decibels against Thumbor's picture, or ours without Thumbor; 0 if not known.
    """

    status: int = 200
    kind: str = ""
    size: tuple[int, int] = (0, 0)
    frames: int = 1
    psnr: float = 0.0
    fault: str = ""

    @property
    def shown(self) -> str:
        """Format and size in a word."""
        return f"{self.kind} {self.size[0]}x{self.size[1]}" if self.kind else ""


def asks(server: Running, row: Row, start: int = 0) -> tuple[Ask, ...]:
    """The row's requests in the server's words, none if it lacks them; with ETags for a 304."""
    paths = [server.server.dialect(work, source) for work, source in row.named(start)]
    if row.setup == SIGNED:
        paths = [path and WRONG + path[path.index("/", 1) :] for path in paths]
    if None in paths:
        return ()
    plain = tuple(Ask(path) for path in paths if path)
    return tuple(_conditional(server, ask) for ask in plain) if row.status == 304 else plain


def looks(row: Row, servers: Sequence[Running]) -> dict[str, Look]:
    """Name -> what it answers to each of the row's works; the first server is the measure."""
    answered = {each.name: _all(each, row) for each in servers}
    first = next((given for given in answered.values() if not isinstance(given, str)), None)
    return {
        name: Look(fault=given) if isinstance(given, str) else _compared(row, given, first)
        for name, given in answered.items()
    }


def _all(server: Running, row: Row) -> list[Answer] | str:
    """One answer for each work, or why there is none."""
    if row.stored and not server.server.keeps:
        return "keeps no results"
    asked = asks(server, row)[: len(row.works)]
    if not asked:
        return "cannot be asked for it"
    given = [fetch(server.port, ask) for ask in asked]
    wrong = [each.status for each in given if each.status not in row.statuses]
    return f"answers {wrong[0]} instead of {row.status}" if wrong else given


def _conditional(server: Running, ask: Ask) -> Ask:
    """What a browser sends that has the picture already."""
    given = fetch(server.port, ask).headers
    known = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
    return Ask(ask.path, tuple((ours, given[theirs]) for ours, theirs in known if theirs in given))


def _compared(row: Row, given: list[Answer], first: list[Answer] | None) -> Look:
    if row.status != 200 or not first:
        return Look(status=given[0].status)
    found = [_compared_one(one, other) for one, other in zip(given, first, strict=True)]
    return next((each for each in found if each.fault), found[0])


def _compared_one(one: Answer, other: Answer) -> Look:
    with _opened(one) as mine, _opened(other) as theirs:
        kind, frames = mine.format or "", getattr(mine, "n_frames", 1)
        known = (theirs.format or "", getattr(theirs, "n_frames", 1))
        near = all(abs(a - b) <= SLACK for a, b in zip(mine.size, theirs.size, strict=True))
        if not near or (kind, frames) != known:
            return Look(fault=f"answers {kind} {mine.size}, {frames} frames, not {known}")
        return Look(200, kind, mine.size, frames, psnr(mine, theirs))


def _opened(answer: Answer) -> Image.Image:
    try:
        return Image.open(io.BytesIO(answer.body))
    except OSError as error:
        raise LoadError("the answer is no picture") from error


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Decibels between two pictures of about one size, on white; 99 for equal ones."""
    first, second = (_on_white(each) for each in (one, other))
    if first.size != second.size:
        second = second.resize(first.size)
    squares = ImageStat.Stat(ImageChops.difference(first, second)).sum2
    mean = sum(squares) / (3 * first.width * first.height)
    return 10 * math.log10(255 * 255 / mean) if mean else 99.0


def _on_white(image: Image.Image) -> Image.Image:
    colored = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), colored).convert("RGB")


def faults(found: dict[str, Look]) -> Iterable[str]:
    """`name fault` of those that cannot be compared."""
    return (f"{name} {look.fault}" for name, look in found.items() if look.fault)
