"""Thumbor's URL language: `parse` turns a path into an `ImageRequest` in linear time.

    / (unsafe | signature) / debug / meta / trim / crop / fit-in / size / halign / valign
      / smart / filters:... / image

Thumbor 7.8 matches one anchored expression against the raw, still percent-encoded path. All
parts but the image are optional, at most once each, and in this order only. A part is taken
whenever something is left for the image, so no choice is ever taken back and one walk over
the segments gives the expression's answer: `split` is equal to it on every text, which a
property test holds against libthumbor. Two of its details, kept: `.` stands for anything but
a newline, and any Unicode decimal digit is a digit. HTTP servers hand paths over with one
character per byte, so that only ASCII digits can come from a client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from ..errors import MalformedRequest, NotSigned
from .encoding import decode, encode, repair
from .values import (
    Corner,
    CropBox,
    Fit,
    HorizontalAlign,
    ImageRequest,
    Side,
    Trim,
    VerticalAlign,
)

Groups = dict[str, str]

LARGEST = 10**15
"""Larger numbers in a path count as this one: exact as a float, too large for any picture."""

_DIGITS = len(str(LARGEST))
_FIT_INS = {"fit-in", "adaptive-fit-in", "full-fit-in", "adaptive-full-fit-in"}
_FILTERS = "filters:"


def parse(path: str) -> ImageRequest:
    """Read a raw request path: percent-encoding untouched, without the query.

    Raises `MalformedRequest` for a path that is empty, has a newline, or is not UTF-8 once
    decoded, and `NotSigned` where neither `unsafe` nor a signature stands in front.
    """
    groups = split(path)
    if groups is None:
        raise MalformedRequest("the path names no image")
    signature, source = _decoded(groups, "hash"), encode(decode(groups["image"]))
    filters = _decoded(groups, "filters") or ""
    if signature is None and "unsafe" not in groups:
        raise NotSigned("the path has neither a signature nor 'unsafe'")
    return ImageRequest(
        path=path,
        signature=signature,
        unsafe="unsafe" in groups,
        signed_part=repair(groups["signed_part"]),
        source=source,
        debug="debug" in groups,
        meta="meta" in groups,
        trim=_trim(groups.get("trim")),
        crop=_crop(groups),
        fit=_fit(groups),
        adaptive="adaptive" in groups,
        width=_side(groups.get("width")),
        height=_side(groups.get("height")),
        flip_horizontal="horizontal_flip" in groups,
        flip_vertical="vertical_flip" in groups,
        halign=cast(HorizontalAlign, groups.get("halign", "center")),
        valign=cast(VerticalAlign, groups.get("valign", "middle")),
        smart="smart" in groups,
        filters=filters,
    )


def split(path: str) -> Groups | None:
    """The raw text of each part that is there, by libthumbor's group names; None: no match.

    Two more: `signed_part`, all that follows `unsafe` or the signature, and `size`, the segment.
    """
    if not path or "\n" in path:
        return None
    groups: Groups = {}
    start = 1 if path.startswith("/") and len(path) > 1 else 0
    start = _take_signature(path, start, groups)
    groups["signed_part"] = path[start:]
    start = _take_segments(path, start, groups)
    start = _take_filters(path, start, groups)
    groups["image"] = path[start:]
    return groups


def means_the_same_decoded(path: str) -> bool:
    """Whether the percent-decoded path has the same parts.

    `/unsafe/300x200%2Fa.jpg` names the image `300x200/a.jpg`, decoded it names a size and `a.jpg`.
    Thumbor 7.8 files results of both under one name.
    """
    if "%" not in path:
        return True
    parts, plain = split(path), split(decode(path))
    if parts is None or plain is None or parts.keys() != plain.keys():
        return False
    return all(decode(text) == plain[name] for name, text in parts.items())


def _take_signature(path: str, start: int, groups: Groups) -> int:
    """The shortest text before a slash; not empty, hence `//unsafe/x` is signed `/unsafe`."""
    slash = path.find("/", start + 1)
    if slash < 0 or slash + 1 == len(path):
        return start
    first = path[start:slash]
    groups["unsafe" if first == "unsafe" else "hash"] = first
    return slash + 1


def _take_segments(path: str, start: int, groups: Groups) -> int:
    """Walk segments and readers together; a reader that does not want a segment is passed."""
    end, segment = _segment(path, start)
    for reader in _READERS:
        if end and reader(segment, groups):
            start = end
            end, segment = _segment(path, start)
    return start


def _segment(path: str, start: int) -> tuple[int, str]:
    """Where the next segment would begin, and this one; 0 if this can only be the image."""
    slash = path.find("/", start)
    if slash < 0 or slash + 1 == len(path):
        return 0, ""
    return slash + 1, path[start:slash]


def _take_filters(path: str, start: int, groups: Groups) -> int:
    """Shortest text of two characters or more that ends in `)`, directly before a slash."""
    if not path.startswith(_FILTERS, start):
        return start
    begin = start + len(_FILTERS)
    bracket = path.find(")/", begin + 1)
    if bracket < 0 or bracket + 2 == len(path):
        return start
    groups["filters"] = path[begin : bracket + 1]
    return bracket + 2


def _word(group: str, *words: str) -> Callable[[str, Groups], bool]:
    def read(segment: str, groups: Groups) -> bool:
        if segment not in words:
            return False
        groups[group] = segment
        return True

    return read


def _read_trim(segment: str, groups: Groups) -> bool:
    word, *parts = segment.split(":", 3)
    if parts and parts[0] in ("top-left", "bottom-right"):
        del parts[0]
    if word != "trim" or len(parts) > 1 or (parts and not parts[0].isdecimal()):
        return False
    groups["trim"] = segment
    return True


def _read_crop(segment: str, groups: Groups) -> bool:
    first, _, second = segment.partition(":")
    left, _, top = first.partition("x")
    right, _, bottom = second.partition("x")
    sides = (left, top, right, bottom)
    if not all(map(str.isdecimal, sides)):
        return False
    groups.update(zip(("crop_left", "crop_top", "crop_right", "crop_bottom"), sides, strict=True))
    return True


def _read_fit_in(segment: str, groups: Groups) -> bool:
    if segment not in _FIT_INS:
        return False
    groups["fit_in"] = "fit-in"
    if segment.startswith("adaptive-"):
        groups["adaptive"] = "adaptive-"
    if "full-" in segment:
        groups["full"] = "full-"
    return True


def _read_size(segment: str, groups: Groups) -> bool:
    first, cross, second = segment.partition("x")
    width, height = first.removeprefix("-"), second.removeprefix("-")
    if not cross or not _is_side(width) or not _is_side(height):
        return False
    groups["size"] = segment
    sides = {"width": width, "height": height}
    groups.update((name, side) for name, side in sides.items() if side)
    flips = {"horizontal_flip": first, "vertical_flip": second}
    groups.update((name, "-") for name, side in flips.items() if side.startswith("-"))
    return True


def _is_side(text: str) -> bool:
    return text in ("", "orig") or text.isdecimal()


_READERS: tuple[Callable[[str, Groups], bool], ...] = (
    _word("debug", "debug"),
    _word("meta", "meta"),
    _read_trim,
    _read_crop,
    _read_fit_in,
    _read_size,
    _word("halign", "left", "right", "center"),
    _word("valign", "top", "bottom", "middle"),
    _word("smart", "smart"),
)


def _decoded(groups: Groups, name: str) -> str | None:
    return decode(groups[name]) if name in groups else None


def _number(digits: str) -> int:
    """At most `LARGEST`, in linear time: Thumbor 7.8 answers 500 beyond 4300 digits."""
    return min(int(digits.lstrip("0")[: _DIGITS + 1] or "0"), LARGEST)


def _side(text: str | None) -> Side:
    return "orig" if text == "orig" else _number(text or "0")


def _crop(groups: Groups) -> CropBox | None:
    """None also for `0x0:0x0`, which Thumbor 7.8 takes for no crop."""
    if "crop_left" not in groups:
        return None
    left, top, right, bottom = (
        _number(groups[side]) for side in ("crop_left", "crop_top", "crop_right", "crop_bottom")
    )
    return CropBox(left, top, right, bottom) if left or top or right or bottom else None


def _fit(groups: Groups) -> Fit:
    if "fit_in" not in groups:
        return Fit.CROP
    return Fit.FULL_FIT_IN if "full" in groups else Fit.FIT_IN


def _trim(text: str | None) -> Trim | None:
    if text is None:
        return None
    parts = text.split(":")[1:]
    corner = parts.pop(0) if parts and "-" in parts[0] else None
    return Trim(cast("Corner | None", corner), _number(parts[0]) if parts else None)
