"""Thumbor's language as v4 to v7 read it: parts in any order, `s3:bucket/`, no `unsafe`.

Here it is the whole language, a part at most once, and what no part is, is the key: names such as
`100x100.jpg` stay whole.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from ...records import replace
from ...url.grammar import parse, split
from ...url.values import ImageRequest
from .places import Places

BUCKET = re.compile(r"s3:([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])")
PARTS = ("debug", "meta", "trim", "crop_left", "fit_in", "size", "halign", "valign", "smart")
"""In the order in which the grammar has them, by libthumbor's names."""

CALL = re.compile(r"(\w+)\(([^)]*)\)")
WITH_BUCKET = 7
"""Arguments of a watermark that begins with a bucket; Thumbor's have six at most."""


def image_of(path: str, places: Places) -> ImageRequest:
    """What the path asks for. Raises `LinkError`, `MalformedRequest`."""
    rest = path.lstrip("/")
    rest = rest.removeprefix("unsafe/")
    found: dict[str, str] = {}
    bucket, filters = None, []
    while True:
        segment, slash, after = rest.partition("/")
        calls = _filters(rest)
        if named := BUCKET.fullmatch(segment) if slash and bucket is None else None:
            bucket, rest = named.group(1), after
        elif calls is not None:
            filters.append(calls)
            rest = rest[len(f"filters:{calls}/") :]
        elif slash and after and (part := _part(segment)) and part not in found:
            found[part], rest = segment, after
        else:
            break
    return _image(found, ":".join(filters), bucket, rest, places)


def _image(
    found: dict[str, str], filters: str, bucket: str | None, key: str, places: Places
) -> ImageRequest:
    front = "".join(f"{found[part]}/" for part in PARTS if part in found)
    calls = f"filters:{filters}/" if filters else ""
    image = parse(f"/unsafe/{front}{calls}.")  # the key stands for itself, whatever it looks like
    name = places.name(bucket, unquote(key))
    smart = image.smart or "smart_crop(" in image.filters
    return replace(image, source=name, smart=smart, filters=_ours(image.filters, bucket, places))


def _part(segment: str) -> str | None:
    """Which part of the language it is."""
    groups = split(f"/unsafe/{segment}/.") or {}
    return next((part for part in PARTS if part in groups), None)


def _filters(rest: str) -> str | None:
    groups = split(f"/unsafe/{rest}") or {}
    return groups.get("filters") if rest.startswith("filters:") else None


def _ours(filters: str, bucket: str | None, places: Places) -> str:
    """Calls that ours has not are left out; pictures are named as our loader has them."""

    def call(found: re.Match[str]) -> str:
        name, arguments = found.group(1), found.group(2).split(",")
        if name in ("animated", "smart_crop"):
            return ""
        if name != "watermark" or arguments[0].strip().lower().startswith("http"):
            return found.group(0)
        if len(arguments) >= WITH_BUCKET or _is_text(arguments, 1):
            where, key, *others = (each.strip() for each in arguments)
        else:
            where, key, *others = bucket or "", *(each.strip() for each in arguments)
        return f"watermark({','.join([places.name(where or None, unquote(key)), *others])})"

    return ":".join(filter(None, re.sub(CALL, call, filters).split(":")))


def _is_text(arguments: list[str], at: int) -> bool:
    """Whether there stands a key, where Thumbor has a position."""
    text = arguments[at].strip() if at < len(arguments) else ""
    return not re.fullmatch(r"-?\d+p?|center|repeat|", text)
