"""Pictures that are put into others: the path of one, inside the filters of another. Pure.

    /unsafe/300x200/filters:image(/fit-in/full-20x40/filters:blur(2):grayscale()/a.png,10,10)/b.jpg

The path is one of this server's, without `unsafe` or a signature: the outer one covers it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import BadFilterArgument
from .filter_calls import name_of, open_brackets
from .filtering import Filter, calls_of
from .records import dataclass, replace
from .url.encoding import decode, encode
from .url.grammar import parse
from .url.values import ImageRequest

_SIDE = r"-?(?:full|f)(?:-[0-9]{1,9})?|-?[0-9]*"
_SIZE = re.compile(f"({_SIDE})x({_SIDE})")
_FULL = re.compile(r"(-?)(?:full|f)(?:-([0-9]+))?")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_ENDS = re.compile(r"[()]")


@dataclass(frozen=True, slots=True)
class Inner:
    """What a nested path asks for; the pixels less than full as `InnerJob` has them."""

    image: ImageRequest
    less_width: int | None
    less_height: int | None


def whole(image: ImageRequest, registry: Mapping[str, Filter[Any, Any]]) -> ImageRequest:
    """The request, where a filter text that ended within a nested path goes on to its end.

    Thumbor's grammar ends filters at the first `)/`; here that may be one of the inner path.
    """
    if not image.filters:
        return image
    *_, last = calls_of(image.filters, registry)
    missing = open_brackets(last)
    nests = (found := registry.get(name_of(last))) is not None and found.nests
    return _moved(image, missing) if nests and missing > 0 else image


def _moved(image: ImageRequest, missing: int) -> ImageRequest:
    text = decode(image.source)
    for found in _ENDS.finditer(text):
        missing += 1 if found.group() == "(" else -1
        if missing <= 0 and text.startswith("/", found.end()) and len(text) > found.end() + 1:
            filters = f"{image.filters}/{text[: found.end()]}"
            return replace(image, filters=filters, source=encode(text[found.end() + 1 :]))
    return image


def inner(path: str) -> Inner:
    """What a nested path asks for. Raises `MalformedRequest` and `BadFilterArgument`."""
    options, filters, rest = path.strip().lstrip("/").partition("filters:")
    segments = options.removeprefix("unsafe/").split("/")
    less: list[int | None] = [None, None]
    for number, segment in enumerate(segments[:-1]):
        if size := _SIZE.fullmatch(segment):
            segments[number], less = _plain(size.groups())
            break
    nested = f"unsafe/{'/'.join(segments)}{filters}{rest}"
    image = parse(_BEYOND_ASCII.sub(lambda found: encode(found.group()), nested))
    if image.meta:
        raise BadFilterArgument("a picture in a picture cannot be meta")
    return Inner(image, *less)


def _plain(sides: tuple[str, ...]) -> tuple[str, list[int | None]]:
    """The size segment with `1` for sides that wait for the outer picture, and what they lack."""
    found = [_FULL.fullmatch(side) for side in sides]
    texts = [f"{full[1]}1" if full else side for full, side in zip(found, sides, strict=True)]
    return "x".join(texts), [int(full[2] or 0) if full else None for full in found]
