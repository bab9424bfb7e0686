"""Where we answer otherwise on purpose, also under THUMBOR_QUIRKS: named, with the reason.

A difference that no rule excuses fails the run. docs/thumbor-differences.md tells the same to
users.
"""

from __future__ import annotations

import re

from PIL import Image, ImageChops, ImageStat

from .cases import PICTURES
from .compare import LOSSY, fingerprint, likeness, open_picture, visible
from .judge import LOSSY_TYPES, Difference, Verdict, moved
from .ruling import Rule

_CORNER = re.compile(r"round_corner\((?:%20)*(\d+)(?:\|(\d+))?")
_COMPOSITED = re.compile(r"(?:background_color|watermark)\(.*equalize\(\)")
_LIMIT = re.compile(r"max_bytes\((\d+)\)")
_DEEP = (PICTURES["deep"], "kinds/grey-16-full.png", "kinds/deep.tiff", "kinds/wide.tiff")
_KEYED = (PICTURES["colour_key"], "kinds/grey-key.png", "kinds/one-bit-key.png")
_ODD = ("kinds/lab.tiff", "kinds/ycbcr.tiff", "kinds/float.tiff", "cmyk.tiff")
_ONE_BIT = (PICTURES["bilevel"], "kinds/one-bit-key.png")
_WRONG_COLOURS = ("kinds/lab.tiff", "kinds/ycbcr.tiff")
_PROFILED = ("kinds/cmyk-icc.jpg", "kinds/grey-icc.jpg")
_NEGOTIATING = ("webp", "avif", "auto_jpg", "auto_png", "auto_all", "png_to_jpg")
_DOCUMENTED = (200, 400, 404, 405, 410, 413, 414, 415, 429)
"""What docs/errors.md lists of 4xx, and the picture itself."""
_SHARPEST = 32
"""Pixels of a side below which Thumbor's sharpen() reads what lies behind its lines."""


def _error_body(verdict: Verdict, difference: Difference) -> bool:
    return verdict.thumbor.status >= 400 and difference.field in ("type", "cache-control")


def _crash(verdict: Verdict, difference: Difference) -> bool:
    if difference.field != "status":
        return False
    return verdict.thumbor.status in (0, 500) and verdict.ours.status in _DOCUMENTED


def _vary(verdict: Verdict, difference: Difference) -> bool:
    """Only more of it, never less, unless the answer cannot depend on Accept."""
    negotiates = verdict.case.configuration in _NEGOTIATING
    return difference.field == "vary" and negotiates and difference.ours == "Accept"


def _raw_utf8(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "status" and not verdict.case.path.isascii()


def _deep_grey(verdict: Verdict, difference: Difference) -> bool:
    """Thumbor's is brighter wherever the picture is seen, and has lost its tones."""
    if difference.field != "pixels" or not verdict.case.path.endswith(_DEEP):
        return False
    one, other = (visible(open_picture(each.body)) for each in (verdict.thumbor, verdict.ours))
    return _mean(one) > _mean(other) + 20


def _colour_key(verdict: Verdict, difference: Difference) -> bool:
    """Ours is clear in places; where both are opaque they are alike."""
    if difference.field not in ("mode", "pixels") or not verdict.case.path.endswith(_KEYED):
        return False
    (_, one), (_, other) = moved(verdict.thumbor.body)[0], moved(verdict.ours.body)[0]
    lowest = other.getchannel("A").getextrema()[0]
    grey = difference.ours in ("L", "1", "P")
    return grey or (isinstance(lowest, (int, float)) and lowest < 255 and _apart(one, other) < 24)


def _max_bytes(verdict: Verdict, difference: Difference) -> bool:
    """Other pixels, but within the limit, or at least smaller than Thumbor's."""
    limit = _LIMIT.search(verdict.case.path)
    if limit is None or difference.field != "pixels":
        return False
    return len(verdict.ours.body) <= max(int(limit[1]), len(verdict.thumbor.body))


def _blurred_fill(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "mode" and "fill(blur)" in verdict.case.path


def _exact_compositing(verdict: Verdict, difference: Difference) -> bool:
    """A level here and there, enlarged by equalize() and once more by a lossy encoder."""
    asked, alike = _COMPOSITED.search(verdict.case.path), verdict.likeness
    if not asked or difference.field != "pixels" or alike is None:
        return False
    return verdict.ours.type in LOSSY_TYPES and alike.ssim > 0.97 and alike.mean < 3


def _guarded_script(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "body" and verdict.ours.body == b"/**/" + verdict.thumbor.body


def _complete_304(verdict: Verdict, difference: Difference) -> bool:
    same = verdict.thumbor.status == verdict.ours.status == 304
    return same and difference.thumbor in (None, "-", "")


def _installed_here(verdict: Verdict, difference: Difference) -> bool:
    asked = "format(heic)" in verdict.case.path or "format(heif)" in verdict.case.path
    return asked and verdict.ours.type == "image/heif" and difference.field in ("type", "picture")


def _one_resize(verdict: Verdict, difference: Difference) -> bool:
    alike = verdict.likeness
    limited = verdict.case.configuration == "limits" and difference.field == "pixels"
    return limited and alike is not None and alike.ssim > 0.9 and alike.mean < 3


def _gif_timing(verdict: Verdict, difference: Difference) -> bool:
    """Thumbor's times are all 0; ours must be those of the source."""
    if difference.field == "loop":
        return difference.ours in ("None", "0") or difference.thumbor == "1"
    return difference.field == "durations" and set(difference.thumbor) <= set("[0, ]")


def _gif_colours(verdict: Verdict, difference: Difference) -> bool:
    """Dithering to fixed colours leaves the average of a patch as it is."""
    if difference.field not in ("later frames", "frames", "pixels", "mode"):
        return False
    frames, others = moved(verdict.thumbor.body), moved(verdict.ours.body)
    if max(len(frames), len(others)) == 1 or ".gif" not in verdict.case.path:
        return False
    if difference.field in ("frames", "mode"):
        return abs(len(frames) - len(others)) <= 2
    pairs = list(zip(frames, others, strict=False))
    compared = pairs[:1] if difference.field == "pixels" else pairs[1:]
    return max(_apart(one, other) for (_, one), (_, other) in compared) < 24


def _mean(picture: Image.Image) -> float:
    return sum(ImageStat.Stat(picture.convert("RGB")).mean) / 3


def _without_corners(picture: Image.Image, reach: int) -> Image.Image:
    """The cross that is left when a square is cut out of each corner."""
    inside = picture.copy()
    for x in (0, inside.width - reach):
        for y in (0, inside.height - reach):
            inside.paste((0, 0, 0, 255), (x, y, x + reach, y + reach))
    return inside


def _apart(one: Image.Image, other: Image.Image) -> float:
    """Mean distance of averaged patches where both are opaque, 0 to 255."""
    shared = ImageChops.darker(one.getchannel("A"), other.getchannel("A"))
    for each in (one, other):
        each.putalpha(shared)
    gap = ImageChops.difference(fingerprint(one, 8), fingerprint(other, 8))
    return max(ImageStat.Stat(gap).mean)


def _odd_modes(verdict: Verdict, difference: Difference) -> bool:
    """Not pixels of CMYK and floats, which Thumbor converts as we do where it can."""
    if difference.field == "pixels":
        return verdict.case.path.endswith(_WRONG_COLOURS)
    return difference.field in ("mode", "icc") and verdict.case.path.endswith(_ODD)


def _trimmed_greys(verdict: Verdict, difference: Difference) -> bool:
    """The same pixels in fewer bands."""
    grey = difference.field == "mode" and difference.ours in ("L", "LA", "I;16", "1", "P")
    return grey and "/trim" in verdict.case.path


def _trimmed_clear(verdict: Verdict, difference: Difference) -> bool:
    """Clear here and opaque there; where both are opaque the same."""
    asked = "/trim" in verdict.case.path and verdict.case.path.endswith(".gif")
    if not asked or difference.field != "pixels":
        return False
    (_, one), (_, other) = moved(verdict.thumbor.body)[0], moved(verdict.ours.body)[0]
    opaque = one.getchannel("A").getextrema() == (255, 255)
    return opaque and _apart(one, other) < 1


def _round_corner(verdict: Verdict, difference: Difference) -> bool:
    """Only in the corners, or anywhere on a picture that is little else."""
    found = _CORNER.search(verdict.case.path)
    if difference.field != "pixels" or not found or verdict.likeness is None:
        return False
    reach = max(int(found[1]), int(found[2] or 0)) + 2
    (_, one), (_, other) = moved(verdict.thumbor.body)[0], moved(verdict.ours.body)[0]
    if verdict.case.path.endswith((*_ODD, *_DEEP, *_PROFILED, *_ONE_BIT)):
        return True
    inside = [_without_corners(each, reach) for each in (one, other)]
    return LOSSY.mean >= likeness(*inside).mean


def _frame(verdict: Verdict, difference: Difference) -> bool:
    """Thumbor adds strips, and we keep the picture's size."""
    if "frame(" not in verdict.case.path or difference.field != "size":
        return False
    return moved(verdict.ours.body)[0][1].size < moved(verdict.thumbor.body)[0][1].size


def _small_sharpen(verdict: Verdict, difference: Difference) -> bool:
    if difference.field != "pixels" or "sharpen(" not in verdict.case.path:
        return False
    size = moved(verdict.ours.body)[0][1].size
    return min(size) < _SHARPEST


def _profiles(verdict: Verdict, difference: Difference) -> bool:
    """Fewer profiles than Thumbor's; other colours, but of the same picture."""
    if not verdict.case.path.endswith(_PROFILED) or difference.field not in ("icc", "pixels"):
        return False
    alike = verdict.likeness
    if difference.field == "icc":
        return difference.ours == "False"
    return alike is not None and alike.ssim > 0.6 and alike.mean < 45


def _grey_profiles(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "icc" and "grayscale()" in verdict.case.path


def _accept(verdict: Verdict, difference: Difference) -> bool:
    """image/* names PNG too, and then everything else of the picture differs."""
    wild = any("image/*" in value for _, value in verdict.case.headers)
    made = verdict.ours.type == "image/png" != verdict.thumbor.type
    return wild and made and verdict.case.configuration == "auto_png"


def _dithered(verdict: Verdict, difference: Difference) -> bool:
    """Error diffusion scatters one level of grey over the whole picture; patches stay alike."""
    if difference.field != "pixels" or not verdict.case.path.endswith(_ONE_BIT):
        return False
    (_, one), (_, other) = moved(verdict.thumbor.body)[0], moved(verdict.ours.body)[0]
    return _apart(one, other) < 16


def _strip_icc(verdict: Verdict, difference: Difference) -> bool:
    dropped = difference.field == "icc" and difference.ours == "False"
    return dropped and "strip_icc()" in verdict.case.path


def _chosen_decoders(verdict: Verdict, difference: Difference) -> bool:
    refused = difference.field == "status" and difference.ours in ("400", "415")
    return refused and verdict.case.path.endswith((".ppm", ".tga"))


RULES: tuple[Rule, ...] = (
    Rule(
        "error-reason",
        "Errors carry a short plain reason where Thumbor 7.8 sends an empty or an HTML page.",
        _error_body,
    ),
    Rule(
        "no-crash",
        "What makes Thumbor 7.8 answer 500, or not at all, is answered or refused with a 4xx.",
        _crash,
    ),
    Rule(
        "vary-always",
        "Vary: Accept on everything that depends on Accept; Thumbor 7.8 forgets some formats.",
        _vary,
    ),
    Rule(
        "raw-utf8",
        "Raw UTF-8 in a request line means what its escapes mean; Thumbor 7.8 garbles it.",
        _raw_utf8,
    ),
    Rule(
        "deep-grey",
        "16-bit grey is scaled to 8 bit; Thumbor 7.8 makes it white in filters and JPEG or WebP.",
        _deep_grey,
    ),
    Rule(
        "colour-key",
        "The colour key of an RGB PNG stays transparent in WebP and AVIF; Thumbor 7.8 drops it.",
        _colour_key,
    ),
    Rule(
        "max-bytes",
        "max_bytes finds the best quality that fits; Thumbor 7.8 takes coarse steps and gives up.",
        _max_bytes,
    ),
    Rule(
        "blurred-fill",
        "fill(blur) of an opaque picture is opaque; Thumbor 7.8 leaves an alpha of 254.",
        _blurred_fill,
    ),
    Rule(
        "exact-compositing",
        "Compositing keeps levels that come out whole; Thumbor 7.8 loses one to floats.",
        _exact_compositing,
    ),
    Rule(
        "guarded-script",
        "JSONP begins with a comment, so that no browser takes it for another kind of file.",
        _guarded_script,
    ),
    Rule(
        "complete-304",
        "A 304 repeats the cache headers of the 200, as RFC 9110 asks; Thumbor 7.8 drops them when "
        "it answers If-Modified-Since.",
        _complete_304,
    ),
    Rule(
        "extra-formats",
        "HEIC is written where the extra for it is installed here and not beside Thumbor.",
        _installed_here,
    ),
    Rule(
        "gif-timing",
        "Animated GIFs keep durations and loops; Thumbor 7.8 writes 0 and a loop too many.",
        _gif_timing,
    ),
    Rule(
        "gif-colours",
        "The frames of a GIF keep their colours; Thumbor 7.8 dithers all but the first to 216.",
        _gif_colours,
    ),
    Rule("round-corner", "Round corners are symmetric and smooth.", _round_corner),
    Rule("frame", "frame() draws; Thumbor 7.8 draws nothing and adds white strips.", _frame),
    Rule(
        "small-sharpen",
        "sharpen() mirrors at edges; below 32 pixels Thumbor 7.8 reads foreign memory or dies.",
        _small_sharpen,
    ),
    Rule(
        "profiles",
        "CMYK goes through its profile, and no profile stays on pixels that it does not describe.",
        _profiles,
    ),
    Rule("profiles", "An RGB profile does not stay on a grey picture.", _grey_profiles),
    Rule("accept", "image/* in Accept covers PNG; Thumbor 7.8 looks for the word.", _accept),
    Rule(
        "dithered",
        "One-bit pictures are dithered from tones that differ by a rounding.",
        _dithered,
    ),
    Rule(
        "odd-modes", "LAB, YCbCr, CMYK and float TIFF are converted as they are meant.", _odd_modes
    ),
    Rule(
        "trimmed-greys",
        "trim leaves a grey picture grey; Thumbor 7.8 makes it RGB, in the same colours.",
        _trimmed_greys,
    ),
    Rule("trimmed-clear", "trim keeps the transparency of a GIF.", _trimmed_clear),
    Rule("strip-icc", "strip_icc() works for PNG and AVIF too.", _strip_icc),
    Rule(
        "chosen-decoders",
        "Formats that ALLOWED_SOURCE_FORMATS does not name are refused.",
        _chosen_decoders,
    ),
    Rule(
        "one-resize",
        "MAX_WIDTH and MAX_HEIGHT bound the sizes, and the source is resized once; Thumbor 7.8 "
        "shrinks it first and enlarges the rest, which is the same crop, only softer.",
        _one_resize,
    ),
)


def excuse(verdict: Verdict, difference: Difference) -> Rule | None:
    """The first rule that knows this difference."""
    return next((rule for rule in RULES if rule.excuses(verdict, difference)), None)
