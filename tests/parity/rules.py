"""Where we answer otherwise on purpose, also under THUMBOR_QUIRKS: named, with the reason.

A difference that no rule excuses fails the run. docs/thumbor-differences.md tells the same to
users. Rules that hold for any picture are in thumborlike/comparing/, where `thumborlike compare`
has them from; here are those that know the cases and their pictures by name.
"""

from __future__ import annotations

from thumborlike.comparing import known, ruling
from thumborlike.comparing.judging import Difference, Verdict
from thumborlike.comparing.known_pictures import apart, brightness, first
from thumborlike.comparing.likeness import open_picture, visible
from thumborlike.comparing.ruling import Rule

from .cases import PICTURES

_DEEP = (PICTURES["deep"], "kinds/grey-16-full.png", "kinds/deep.tiff", "kinds/wide.tiff")
_KEYED = (PICTURES["colour_key"], "kinds/grey-key.png", "kinds/one-bit-key.png")
_ODD = ("kinds/lab.tiff", "kinds/ycbcr.tiff", "kinds/float.tiff", "cmyk.tiff")
_ONE_BIT = (PICTURES["bilevel"], "kinds/one-bit-key.png")
_WRONG_COLOURS = ("kinds/lab.tiff", "kinds/ycbcr.tiff")
_PROFILED = ("kinds/cmyk-icc.jpg", "kinds/grey-icc.jpg")
_NEGOTIATING = ("webp", "avif", "auto_jpg", "auto_png", "auto_all", "png_to_jpg")


def _vary(verdict: Verdict, difference: Difference) -> bool:
    """Only more of it, never less, unless the answer cannot depend on Accept."""
    negotiates = verdict.asked.configuration in _NEGOTIATING
    return difference.field == "vary" and negotiates and difference.new == "Accept"


def _raw_utf8(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "status" and not verdict.asked.path.isascii()


def _deep_grey(verdict: Verdict, difference: Difference) -> bool:
    """Thumbor's is brighter wherever the picture is seen, and has lost its tones."""
    if difference.field != "pixels" or not verdict.asked.path.endswith(_DEEP):
        return False
    one, other = (visible(open_picture(each.body)) for each in (verdict.old, verdict.new))
    return brightness(one) > brightness(other) + 20


def _colour_key(verdict: Verdict, difference: Difference) -> bool:
    """Ours is clear in places; where both are opaque they are alike."""
    if difference.field not in ("mode", "pixels") or not verdict.asked.path.endswith(_KEYED):
        return False
    one, other = first(verdict.old), first(verdict.new)
    lowest = other.getchannel("A").getextrema()[0]
    grey = difference.new in ("L", "1", "P")
    return grey or (isinstance(lowest, (int, float)) and lowest < 255 and apart(one, other) < 24)


def _installed_here(verdict: Verdict, difference: Difference) -> bool:
    asked = "format(heic)" in verdict.asked.path or "format(heif)" in verdict.asked.path
    return asked and verdict.new.type == "image/heif" and difference.field in ("type", "picture")


def _one_resize(verdict: Verdict, difference: Difference) -> bool:
    alike = verdict.likeness
    limited = verdict.asked.configuration == "limits" and difference.field == "pixels"
    return limited and alike is not None and alike.ssim > 0.9 and alike.mean < 3


def _odd_modes(verdict: Verdict, difference: Difference) -> bool:
    """Not pixels of CMYK and floats, which Thumbor converts as we do where it can."""
    if difference.field == "pixels":
        return verdict.asked.path.endswith(_WRONG_COLOURS)
    return difference.field in ("mode", "icc") and verdict.asked.path.endswith(_ODD)


def _odd_corners(verdict: Verdict, difference: Difference) -> bool:
    """Round corners of pictures that are little else, or other ones anyway."""
    odd = verdict.asked.path.endswith((*_ODD, *_DEEP, *_PROFILED, *_ONE_BIT))
    return odd and difference.field == "pixels" and "round_corner(" in verdict.asked.path


def _profiles(verdict: Verdict, difference: Difference) -> bool:
    """Fewer profiles than Thumbor's; other colours, but of the same picture."""
    if not verdict.asked.path.endswith(_PROFILED) or difference.field not in ("icc", "pixels"):
        return False
    alike = verdict.likeness
    if difference.field == "icc":
        return difference.new == "False"
    return alike is not None and alike.ssim > 0.6 and alike.mean < 45


def _accept(verdict: Verdict, difference: Difference) -> bool:
    """image/* names PNG too, and then everything else of the picture differs."""
    wild = any("image/*" in value for _, value in verdict.asked.headers)
    made = verdict.new.type == "image/png" != verdict.old.type
    return wild and made and verdict.asked.configuration == "auto_png"


def _dithered(verdict: Verdict, difference: Difference) -> bool:
    """Error diffusion scatters one level of grey over the whole picture; patches stay alike."""
    if difference.field != "pixels" or not verdict.asked.path.endswith(_ONE_BIT):
        return False
    return apart(first(verdict.old), first(verdict.new)) < 16


def _chosen_decoders(verdict: Verdict, difference: Difference) -> bool:
    refused = difference.field == "status" and difference.new in ("400", "415")
    return refused and verdict.asked.path.endswith((".ppm", ".tga"))


RULES: tuple[Rule, ...] = (
    *known.SHARED,
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
        "extra-formats",
        "HEIC is written where the extra for it is installed here and not beside Thumbor.",
        _installed_here,
    ),
    Rule("round-corner", "Round corners are symmetric and smooth.", _odd_corners),
    Rule(
        "profiles",
        "CMYK goes through its profile, and no profile stays on pixels that it does not describe.",
        _profiles,
    ),
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
    return ruling.excuse(RULES, verdict, difference)
