"""Meant differences that only show without THUMBOR_QUIRKS, or that need a closer look.

The parity tool knows its pictures by name, and has stricter rules in place of some of these.
"""

from __future__ import annotations

from PIL import Image, ImageChops, ImageStat

from ..errors import ThumborlikeError
from ..url.grammar import parse
from ..url.values import ImageRequest
from .judging import LOSSY_TYPES, Difference, Verdict
from .known_pictures import apart, asked_for, first, shown
from .likeness import open_picture
from .ruling import Rule

PICTURE_FIELDS = (
    "type", "size", "mode", "pixels", "frames", "later frames", "durations", "loop", "progressive",
)  # fmt: skip
WHITE, DARKER = 235, 30
"""Levels: what counts as white, and how much darker the other one has to be."""

OPAQUE = 250
"""Alpha, of which Thumbor's fill(blur) loses a level."""

A_GOOD_PART, NEARLY_ALL = 0.05, 0.75
"""Shares of pixels; what a watermark covers is not white."""

BLOCK = 16
"""Pixels of a side over which noise is averaged out."""

BLOCKS_APART = (4, 6, 6)
"""Levels that may be left of it: lightness, and the two of colour."""

UNLIKE = 12
"""Levels between the patches of two pictures from which on they show something else."""

AKIN, PARTS = 40, 90
"""Levels by which the mean colours of two views of one picture, or two parts, differ at most."""

CROPPED_FIELDS = ("pixels", "mode", "later frames")
EXTREME = 0.2
"""Ratio of sides below which Thumbor compares rounded ratios too coarsely."""

_OURS = (
    "crop(", "draw_detections(", "duotone(", "face_zoom(", "hue(", "image(", "invert(", "label(",
    "lossless(", "max_frames(", "median(", "opacity(", "orient(", "padding(", "page(",
    "pixelate(", "preview(", "redact(", "text(", "threshold(", "trim(",
)  # fmt: skip
"""Filters that Thumbor leaves out."""


def _still(verdict: Verdict, difference: Difference) -> bool:
    """A still there, moving here."""
    if difference.field not in ("frames", "loop", "durations", "later frames"):
        return False
    frames = [
        getattr(open_picture(each.body), "n_frames", 1) for each in (verdict.old, verdict.new)
    ]
    return frames[0] == 1 < frames[1]


def _gif_filters(verdict: Verdict, difference: Difference) -> bool:
    """The source is a GIF on which no late filter ran there; here one may refuse."""
    late = asked_for(verdict, ".gif") and asked_for(verdict, "filters:")
    refused = difference.field == "status" and verdict.new.status == 400
    return late and (difference.field in (*PICTURE_FIELDS, "vary") or refused)


def _turned(verdict: Verdict, difference: Difference) -> bool:
    odd = asked_for(verdict, ".webp", ".tif", ".heic", ".heif")
    return odd and difference.field in ("size", "pixels") and _is_turned(verdict)


def _is_turned(verdict: Verdict) -> bool:
    """Whether one is the other after a turn or a flip, roughly."""
    one, other = first(verdict.old), first(verdict.new)
    if one.size == other.size and apart(one.copy(), other.copy()) < UNLIKE:
        return False
    for turn in Image.Transpose:
        again = one.transpose(turn)
        if again.size == other.size and apart(again, other.copy()) < UNLIKE:
            return True
    return False


def _extreme(verdict: Verdict, difference: Difference) -> bool:
    image = _image(verdict)
    if image is None or difference.field != "pixels":
        return False
    sides = [each for each in (image.width, image.height) if isinstance(each, int) and each]
    return len(sides) == 2 and min(sides) / max(sides) < EXTREME and _akin(verdict)


def _other_crop(verdict: Verdict, difference: Difference) -> bool:
    """Another part of the same picture, or of one that is clear in other places."""
    image = _image(verdict)
    asked = image is not None and image.smart and image.width and image.height
    return bool(asked) and difference.field in CROPPED_FIELDS and _akin(verdict, PARTS)


def _trim(verdict: Verdict, difference: Difference, *, tolerance: bool) -> bool:
    image = _image(verdict)
    if image is None or image.trim is None or difference.field not in ("size", "pixels"):
        return False
    if tolerance:
        return image.trim.corner is None and image.trim.tolerance is not None
    one, other = first(verdict.old), first(verdict.new)
    if difference.field == "size":
        return all(kept >= cut for kept, cut in zip(other.size, one.size, strict=True))
    return _akin(verdict)


def _akin(verdict: Verdict, most: float = AKIN) -> bool:
    """Whether they may be two views of one picture: their colours are, on the average."""
    means = [ImageStat.Stat(first(each).convert("RGB")).mean for each in (verdict.old, verdict.new)]
    return all(abs(a - b) <= most for a, b in zip(*means, strict=True))


def _image(verdict: Verdict) -> ImageRequest | None:
    try:
        return parse(verdict.asked.path.partition("?")[0])
    except ThumborlikeError:
        return None


def _upscaled_crop(verdict: Verdict, difference: Difference) -> bool:
    image = _image(verdict)
    cut = image is not None and (image.crop is not None or image.trim is not None)
    return cut and difference.field in ("size", "pixels") and asked_for(verdict, "no_upscale(")


def _closely(verdict: Verdict, difference: Difference, ssim: float, mean: float) -> bool:
    alike = verdict.likeness
    near = alike is not None and alike.ssim >= ssim and alike.mean <= mean
    return difference.field == "pixels" and near


def _grey_palette(verdict: Verdict, difference: Difference) -> bool:
    if not asked_for(verdict, "grayscale()") or difference.field not in ("mode", "pixels"):
        return False
    lowest = first(verdict.new).getchannel("A").getextrema()[0]
    return isinstance(lowest, (int, float)) and lowest < 255


def _deep_grey(verdict: Verdict, difference: Difference) -> bool:
    """White there, and darker here, wherever they differ; which is a good part of the picture."""
    one, other = shown(verdict.old), shown(verdict.new)
    if difference.field != "pixels" or one is None or other is None or one.size != other.size:
        return False
    if any(ImageStat.Stat(each.getchannel("A")).extrema[0][0] < OPAQUE for each in (one, other)):
        return False
    old, new = (each.convert("RGB").convert("L") for each in (one, other))
    differs = ImageChops.subtract(old, new).point(lambda value: 255 * (value > DARKER))
    if ImageStat.Stat(differs).mean[0] < 255 * A_GOOD_PART:
        return False
    whites = old.point(lambda value: 255 * (value >= WHITE))
    return ImageStat.Stat(whites, differs).mean[0] > 255 * NEARLY_ALL


def _lossy_noise(verdict: Verdict, difference: Difference) -> bool:
    """Other noise of the encoder, and the same picture below it: the means of blocks agree."""
    lossy = verdict.old.type == verdict.new.type and verdict.new.type in LOSSY_TYPES
    if not lossy or not _closely(verdict, difference, 0.95, 3):
        return False
    one, other = shown(verdict.old), shown(verdict.new)
    if one is None or other is None:
        return False
    blocks = (each.convert("RGB").convert("YCbCr").reduce(BLOCK) for each in (one, other))
    gaps = ImageChops.difference(*blocks).split()
    return all(
        ImageStat.Stat(gap).extrema[0][1] <= most
        for gap, most in zip(gaps, BLOCKS_APART, strict=True)
    )


def _colour_key(verdict: Verdict, difference: Difference) -> bool:
    """Opaque there, clear in places here; where both are opaque they are alike."""
    if difference.field not in ("mode", "pixels") or not asked_for(verdict, ".png"):
        return False
    one, other = first(verdict.old), first(verdict.new)
    opaque = one.getchannel("A").getextrema() == (255, 255)
    clear = other.getchannel("A").getextrema() != (255, 255)
    return opaque and clear and one.size == other.size and apart(one, other) < 24


def _profile(verdict: Verdict, difference: Difference) -> bool:
    """The old one's profile does not describe its pixels."""
    if difference.field not in ("icc", "pixels"):
        return False
    old = open_picture(verdict.old.body)
    described = bytes(old.info.get("icc_profile") or b"")[16:20]
    foreign = described in (b"CMYK", b"GRAY") and old.mode not in ("CMYK", "L", "LA", "1")
    if difference.field == "icc":
        return foreign and difference.new == "False"
    return foreign and _closely(verdict, difference, 0.6, 45)


def _switched(verdict: Verdict, difference: Difference, *calls: str) -> bool:
    return difference.field in PICTURE_FIELDS and asked_for(verdict, *calls)


GENERAL = (
    Rule("deep-grey", "16-bit grey keeps its tones; Thumbor 7.8 makes it white.", _deep_grey),
    Rule(
        "encoder-noise",
        "Resized by other means, tones differ by a level here and there; encoders make other noise "
        "of that.",
        _lossy_noise,
    ),
    Rule("colour-key", "The colour key of a PNG stays transparent in WebP and AVIF.", _colour_key),
    Rule("profiles", "No profile stays on pixels that it does not describe.", _profile),
    Rule(
        "gif-filters", "Late filters run on GIFs, too; Thumbor 7.8 leaves them out.", _gif_filters
    ),
    Rule("animations", "Animated WebP, APNG and AVIF stay animated.", _still),
    Rule("webp-orientation", "One rule of orientation for all formats.", _turned),
    Rule(
        "smart-saliency",
        "smart keeps what catches the eye where no detector finds anything, not the middle.",
        _other_crop,
    ),
    Rule(
        "extreme-ratios",
        "Long thin crops are cropped, not squashed.",
        _extreme,
    ),
    Rule(
        "trim-tolerance",
        "trim:50 means tolerance 50; Thumbor 7.8 takes 0.",
        lambda *what: _trim(*what, tolerance=True),
    ),
    Rule(
        "trim-bounds",
        "trim finds the true bounds; Thumbor 7.8 may lose a line.",
        lambda *what: _trim(*what, tolerance=False),
    ),
    Rule("no-upscale-crop", "no_upscale() looks at what crop and trim leave.", _upscaled_crop),
    Rule(
        "blur-bleeding",
        "blur() lets no hidden colour bleed and loses no level to rounding.",
        lambda verdict, difference: (
            asked_for(verdict, "blur(", "fill(blur)") and _closely(verdict, difference, 0.95, 8)
        ),
    ),
    Rule(
        "equalize-minimum",
        "equalize() takes each channel's own minimum.",
        lambda *what: _switched(*what, "equalize()"),
    ),
    Rule("grayscale-palette", "grayscale() keeps the transparency of a palette.", _grey_palette),
    Rule(
        "strip-icc-colours",
        "strip_icc() converts to sRGB first, so that colours stay.",
        lambda verdict, difference: (
            asked_for(verdict, "strip_icc()") and _closely(verdict, difference, 0.7, 45)
        ),
    ),
    Rule(
        "extract-focal",
        "extract_focal() works over HTTP.",
        lambda *what: _switched(*what, "extract_focal("),
    ),
    Rule(
        "noise",
        "noise() has another generator.",
        lambda *what: _switched(*what, "noise(") and _akin(what[0]),
    ),
    Rule(
        "red-eye",
        "red_eye() works, without OpenCV.",
        lambda *what: _switched(*what, "red_eye("),
    ),
    Rule(
        "new-filters",
        "Filters that Thumbor does not know, and leaves out.",
        lambda *what: _switched(*what, *(f":{each}" for each in _OURS)),
    ),
)
