"""Thumbor URLs as sources of Thumbor URLs."""

from __future__ import annotations

import re

from thumborlike.filtering import Region

MAX_LEVELS = 10

_HOST_AND_SIGNATURE = re.compile(r"(?:https?://)?[^/]*//?[^/]+/")
_CROP = re.compile(r"[0-9]+x[0-9]+:[0-9]+x[0-9]+(?=/)")
_SIDE = r"-?(?:[0-9]+|orig)?"
_BEFORE_CROP = ("debug", "meta", r"trim(?::(?:top-left|bottom-right))?(?::[0-9]+)?")
_AFTER_CROP = (
    r"(?:adaptive-)?(?:full-)?fit-in",
    f"{_SIDE}x{_SIDE}",
    "left|right|center",
    "top|bottom|middle",
    "smart",
    r"filters:.+?\)",
)
_BEFORE = re.compile("".join(rf"(?:(?:{each})/)?" for each in _BEFORE_CROP))
_AFTER = re.compile("".join(rf"(?:(?:{each})/)?" for each in ("", *_AFTER_CROP)))


def find_cropped(url: str) -> tuple[str, Region] | None:
    """The image and the crop of the outermost URL that has one; None if none has.

    `url` is decoded. It and the URLs inside it begin with a host, then `unsafe` or a
    signature. Thumbor 7.8 goes at most ten levels inward.
    """
    for _ in range(MAX_LEVELS):
        begin = _HOST_AND_SIGNATURE.match(url)
        if not begin:
            return None
        options = _end(_BEFORE, url, begin.end())
        crop = _CROP.match(url, options)
        image = url[_end(_AFTER, url, crop.end() if crop else options) :]
        if crop or not image:
            return _region(image, crop)
        url = image
    return None


def _region(image: str, crop: re.Match[str] | None) -> tuple[str, Region] | None:
    if not (image and crop):
        return None
    try:
        return image, Region.parse(crop.group())
    except ValueError:
        return None


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start
