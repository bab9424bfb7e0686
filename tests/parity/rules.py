"""Where we answer otherwise on purpose, also under THUMBOR_QUIRKS: named, with the reason.

A difference that no rule excuses fails the run. docs/thumbor-differences.md tells the same to
users.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .cases import PICTURES
from .judge import Difference, Verdict

_LIMIT = re.compile(r"max_bytes\((\d+)\)")
Test = Callable[[Verdict, Difference], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A difference that is meant. `excuses` tells whether a difference is this one."""

    name: str
    reason: str
    excuses: Test


def _error_body(verdict: Verdict, difference: Difference) -> bool:
    return verdict.thumbor.status >= 400 and difference.field in ("type", "cache-control")


def _crash(verdict: Verdict, difference: Difference) -> bool:
    if difference.field != "status":
        return False
    return verdict.thumbor.status in (0, 500) and 200 <= verdict.ours.status < 500


def _vary(verdict: Verdict, difference: Difference) -> bool:
    """Only more of it, never less, unless the answer cannot depend on Accept."""
    negotiates = verdict.case.configuration in ("webp", "avif", "auto_jpg", "png_to_jpg")
    return difference.field == "vary" and negotiates and difference.ours == "Accept"


def _raw_utf8(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "status" and not verdict.case.path.isascii()


def _deep_grey(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "pixels" and PICTURES["deep"] in verdict.case.path


def _colour_key(verdict: Verdict, difference: Difference) -> bool:
    return difference.field in ("mode", "pixels") and PICTURES["colour_key"] in verdict.case.path


def _max_bytes(verdict: Verdict, difference: Difference) -> bool:
    """Other pixels, but within the limit, or at least smaller than Thumbor's."""
    limit = _LIMIT.search(verdict.case.path)
    if limit is None or difference.field != "pixels":
        return False
    return len(verdict.ours.body) <= max(int(limit[1]), len(verdict.thumbor.body))


def _blurred_fill(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "mode" and "fill(blur)" in verdict.case.path


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
        "one-resize",
        "MAX_WIDTH and MAX_HEIGHT bound the sizes, and the source is resized once; Thumbor 7.8 "
        "shrinks it first and enlarges the rest, which is the same crop, only softer.",
        _one_resize,
    ),
)


def excuse(verdict: Verdict, difference: Difference) -> Rule | None:
    """The first rule that knows this difference."""
    return next((rule for rule in RULES if rule.excuses(verdict, difference)), None)
