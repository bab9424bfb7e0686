"""Meant differences in what pictures look like.

Facts of Thumbor 7.8; each rule is a row of docs/thumbor-differences.md. A rule looks at the
pictures as closely as it can, so that it does not excuse what only happens to be asked alike.
"""

from __future__ import annotations

import math
import re
from urllib.parse import unquote

from PIL import Image, ImageChops, ImageStat

from ..batch.answers import Answer
from .judging import LOSSY_TYPES, Difference, Verdict, moved
from .likeness import LOSSY, Unreadable, fingerprint, likeness, open_picture, visible
from .ruling import Rule

_CORNER = re.compile(r"round_corner\((?:%20)*(\d+)(?:\|(\d+))?")
_COMPOSITED = re.compile(r"(?:background_color|watermark)\(.*equalize\(\)")
_LIMIT = re.compile(r"max_bytes\((\d+)\)")
_PROPORTION = re.compile(r"proportion\((\d+\.?\d*)\)")
_SHARPEST = 32
"""Pixels of a side below which Thumbor's sharpen() reads what lies behind its lines."""


def max_bytes(verdict: Verdict, difference: Difference) -> bool:
    """Other pixels, but within the limit, or at least smaller than Thumbor's."""
    limit = _LIMIT.search(verdict.asked.path)
    if limit is None or difference.field != "pixels":
        return False
    return len(verdict.new.body) <= max(int(limit[1][:12]), len(verdict.old.body))


def blurred_fill(verdict: Verdict, difference: Difference) -> bool:
    """The one alpha of 254."""
    return difference.field == "mode" and "fill(blur)" in verdict.asked.path


def exact_compositing(verdict: Verdict, difference: Difference) -> bool:
    """A level here and there, enlarged by equalize() and once more by a lossy encoder."""
    asked, alike = _COMPOSITED.search(verdict.asked.path), verdict.likeness
    if not asked or difference.field != "pixels" or alike is None:
        return False
    return verdict.new.type in LOSSY_TYPES and alike.ssim > 0.97 and alike.mean < 3


def gif_timing(verdict: Verdict, difference: Difference) -> bool:
    """Thumbor's times are all 0; ours must be those of the source."""
    if difference.field == "loop":
        return difference.new in ("None", "0") or difference.old == "1"
    return difference.field == "durations" and set(difference.old) <= set("[0, ]")


def gif_colours(verdict: Verdict, difference: Difference) -> bool:
    """Dithering to fixed colours leaves the average of a patch as it is."""
    if difference.field not in ("later frames", "frames", "pixels", "mode"):
        return False
    if ".gif" not in verdict.asked.path:
        return False
    frames, others = moved(verdict.old.body), moved(verdict.new.body)
    if max(len(frames), len(others)) == 1:
        return False
    if difference.field in ("frames", "mode"):
        return abs(len(frames) - len(others)) <= 2
    pairs = list(zip(frames, others, strict=False))
    compared = pairs[:1] if difference.field == "pixels" else pairs[1:]
    return max(apart(one, other) for (_, one), (_, other) in compared) < 24


def round_corner(verdict: Verdict, difference: Difference) -> bool:
    """Only in the corners."""
    found = _CORNER.search(verdict.asked.path)
    if difference.field != "pixels" or not found or verdict.likeness is None:
        return False
    reach = max(int(found[1][:6]), int((found[2] or "0")[:6])) + 2
    one, other = _firsts(verdict)
    return LOSSY.mean >= likeness(*(_without_corners(each, reach) for each in (one, other))).mean


def frame(verdict: Verdict, difference: Difference) -> bool:
    """Thumbor adds strips, and we keep the picture's size."""
    if "frame(" not in verdict.asked.path or difference.field != "size":
        return False
    one, other = _firsts(verdict)
    return other.size < one.size


def small_sharpen(verdict: Verdict, difference: Difference) -> bool:
    """It looks beyond the edge.

    Behind `fill` the picture that was sharpened is smaller than the answer: by the proportions
    before, and by what was filled up, taken as half of a side at most.
    """
    before, sharpened, after = unquote(verdict.asked.path).partition("sharpen(")
    if difference.field != "pixels" or not sharpened:
        return False
    side: float = min(open_picture(verdict.new.body).size)
    if "fill(" in after:
        side *= math.prod(map(float, _PROPORTION.findall(before))) / 2
    return side < _SHARPEST


def grey_profiles(verdict: Verdict, difference: Difference) -> bool:
    """Dropped from what is grey."""
    return difference.field == "icc" and "grayscale()" in verdict.asked.path


def strip_icc(verdict: Verdict, difference: Difference) -> bool:
    """Dropped where that was asked for."""
    dropped = difference.field == "icc" and difference.new == "False"
    return dropped and "strip_icc()" in verdict.asked.path


def trimmed_greys(verdict: Verdict, difference: Difference) -> bool:
    """The same pixels in fewer bands."""
    grey = difference.field == "mode" and difference.new in ("L", "LA", "I;16", "1", "P")
    return grey and "/trim" in verdict.asked.path


def trimmed_clear(verdict: Verdict, difference: Difference) -> bool:
    """Clear here and opaque there; where both are opaque the same."""
    asked = "/trim" in verdict.asked.path and verdict.asked.path.endswith(".gif")
    if not asked or difference.field != "pixels":
        return False
    one, other = _firsts(verdict)
    return one.getchannel("A").getextrema() == (255, 255) and apart(one, other) < 1


SHARED = (
    Rule(
        "max-bytes",
        "max_bytes finds the best quality that fits; Thumbor 7.8 takes coarse steps and gives up.",
        max_bytes,
    ),
    Rule(
        "blurred-fill",
        "fill(blur) of an opaque picture is opaque; Thumbor 7.8 leaves an alpha of 254.",
        blurred_fill,
    ),
    Rule(
        "exact-compositing",
        "Compositing keeps levels that come out whole; Thumbor 7.8 loses one to floats.",
        exact_compositing,
    ),
    Rule(
        "gif-timing",
        "Animated GIFs keep durations and loops; Thumbor 7.8 writes 0 and a loop too many.",
        gif_timing,
    ),
    Rule(
        "gif-colours",
        "The frames of a GIF keep their colours; Thumbor 7.8 dithers all but the first to 216.",
        gif_colours,
    ),
    Rule("round-corner", "Round corners are symmetric and smooth.", round_corner),
    Rule("frame", "frame() draws; Thumbor 7.8 draws nothing and adds white strips.", frame),
    Rule(
        "small-sharpen",
        "sharpen() mirrors at edges; below 32 pixels Thumbor 7.8 reads foreign memory or dies.",
        small_sharpen,
    ),
    Rule("profiles", "An RGB profile does not stay on a grey picture.", grey_profiles),
    Rule("strip-icc", "strip_icc() works for PNG and AVIF too.", strip_icc),
    Rule(
        "trimmed-greys",
        "trim leaves a grey picture grey; Thumbor 7.8 makes it RGB, in the same colours.",
        trimmed_greys,
    ),
    Rule("trimmed-clear", "trim keeps the transparency of a GIF.", trimmed_clear),
)


def apart(one: Image.Image, other: Image.Image) -> float:
    """Mean distance of averaged patches where both are opaque, 0 to 255. Changes its arguments."""
    shared = ImageChops.darker(one.getchannel("A"), other.getchannel("A"))
    for each in (one, other):
        each.putalpha(shared)
    gap = ImageChops.difference(fingerprint(one, 8), fingerprint(other, 8))
    return float(max(ImageStat.Stat(gap).mean))


def brightness(picture: Image.Image) -> float:
    """The mean of its colours, 0 to 255."""
    return float(sum(ImageStat.Stat(picture.convert("RGB")).mean) / 3)


def first(answer: Answer) -> Image.Image:
    """The first frame as RGBA."""
    return open_picture(answer.body).convert("RGBA")


def _firsts(verdict: Verdict) -> tuple[Image.Image, Image.Image]:
    return first(verdict.old), first(verdict.new)


def _without_corners(picture: Image.Image, reach: int) -> Image.Image:
    """The cross that is left when a square is cut out of each corner."""
    inside = picture.copy()
    for x in (0, inside.width - reach):
        for y in (0, inside.height - reach):
            inside.paste((0, 0, 0, 255), (x, y, x + reach, y + reach))
    return inside


def asked_for(verdict: Verdict, *calls: str) -> bool:
    """Whether the path has one of these texts, decoded."""
    text = unquote(verdict.asked.path)
    return any(each in text for each in calls)


def shown(answer: Answer) -> Image.Image | None:
    """What is seen of it; None where nothing is."""
    try:
        return visible(open_picture(answer.body))
    except Unreadable:
        return None
