"""Which URLs are of one kind: by sizes, filters, and what is accepted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..errors import ThumborlikeError
from ..http.negotiation import accepts, parse_accept
from ..records import dataclass
from ..url.grammar import parse
from ..url.values import Fit, ImageRequest, Side

NONE = "-"
_CALL = re.compile(r"(?:^|:)([a-z0-9_]{1,40})\(")
MOST_FILTERS = 6
"""Names that are told of one URL."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What URLs of one kind have in common."""

    size: str
    filters: str
    format: str
    accept: str

    @property
    def name(self) -> str:
        """All of it in a line."""
        return f"{self.size} | {self.filters} | {self.format} | {self.accept}"


def shape_of(path: str, accept: str) -> Shape:
    """The shape of a URL; `other` for what is no picture's."""
    try:
        image = parse(path.partition("?")[0])
    except ThumborlikeError:
        return Shape("other", NONE, NONE, NONE)
    names = list(dict.fromkeys(_CALL.findall(image.filters)))
    more = ", ..." if len(names) > MOST_FILTERS else ""
    filters = ", ".join(sorted(names[:MOST_FILTERS])) + more
    return _shape(" ".join(_sizes(image)), filters or NONE, _ending(image.source), _kind(accept))


@lru_cache(maxsize=4096)
def _shape(size: str, filters: str, ending: str, accept: str) -> Shape:
    """One for all that are equal: of a million addresses most are."""
    return Shape(size, filters, ending, accept)


def _sizes(image: ImageRequest) -> Iterator[str]:
    if image.meta:
        yield "meta"
    if image.trim:
        yield "trim"
    if image.crop:
        yield "cut"
    yield _size(image)
    if image.flip_horizontal or image.flip_vertical:
        yield "flipped"
    if image.smart:
        yield "smart"
    elif image.halign != "center" or image.valign != "middle":
        yield "aligned"


def _size(image: ImageRequest) -> str:
    sides = (_side(image.width), _side(image.height))
    if sides == ("", ""):
        return "original"
    size = "x".join(sides)
    if image.fit is Fit.CROP:
        return size
    adaptive = "adaptive-" if image.adaptive else ""
    return f"{adaptive}{image.fit.value} {size}"


def _side(side: Side) -> str:
    return "orig" if side == "orig" else "N" if side else ""


def _ending(source: str) -> str:
    name = source.rpartition("/")[2].partition("%3F")[0].lower()
    ending = name.rpartition(".")[2] if "." in name else ""
    return ending if re.fullmatch(r"[a-z0-9]{1,5}", ending) else NONE


@lru_cache(maxsize=256)
def _kind(accept: str) -> str:
    ranges = parse_accept(accept)
    wanted = [name for name in ("avif", "webp") if f"image/{name}" in ranges]
    return "+".join(name for name in wanted if accepts(ranges, name)) or "plain"
