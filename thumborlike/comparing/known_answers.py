"""Meant differences in what is said about a picture: statuses, types, headers, texts.

Facts of Thumbor 7.8; each rule is a row of docs/thumbor-differences.md.
"""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from ..http.negotiation import MEDIA_TYPES, accepts, parse_accept
from .judging import Difference, Verdict
from .ruling import Rule

DOCUMENTED = (200, 400, 404, 405, 410, 413, 414, 415, 429)
"""What docs/errors.md lists of 4xx, and the picture itself."""

_NEW_FORMATS = re.compile(r"format\((?:tiff|jxl|heic|heif)\)")
_META_KEYS = frozenset({"originalWidth", "originalHeight"})


def _error_body(verdict: Verdict, difference: Difference) -> bool:
    return verdict.old.status >= 400 and difference.field in ("type", "cache-control")


def _crash(verdict: Verdict, difference: Difference) -> bool:
    if difference.field != "status":
        return False
    return verdict.old.status in (0, 500) and verdict.new.status in DOCUMENTED


def _guarded_script(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "body" and verdict.new.body == b"/**/" + verdict.old.body


def _complete_304(verdict: Verdict, difference: Difference) -> bool:
    same = verdict.old.status == verdict.new.status == 304
    return same and difference.old in (None, "-", "")


ERROR_REASON = Rule(
    "error-reason",
    "Errors carry a short plain reason where Thumbor 7.8 sends an empty or an HTML page.",
    _error_body,
)
NO_CRASH = Rule(
    "no-crash",
    "What makes Thumbor 7.8 answer 500, or not at all, is answered or refused with a 4xx.",
    _crash,
)
GUARDED_SCRIPT = Rule(
    "guarded-script",
    "JSONP begins with a comment, so that no browser takes it for another kind of file.",
    _guarded_script,
)
COMPLETE_304 = Rule(
    "complete-304",
    "A 304 repeats the cache headers of the 200, as RFC 9110 asks; Thumbor 7.8 drops them when "
    "it answers If-Modified-Since.",
    _complete_304,
)
SHARED = (ERROR_REASON, NO_CRASH, GUARDED_SCRIPT, COMPLETE_304)


def _crash_with_a_status(verdict: Verdict, difference: Difference) -> bool:
    """No answer at all may have many reasons, so that one is looked into."""
    return verdict.old.status == 500 and _crash(verdict, difference)


def _vary(verdict: Verdict, difference: Difference) -> bool:
    """Only more of it, never less."""
    more = difference.new.lower() == "accept" and difference.old == "-"
    return difference.field == "vary" and more


def _statuses(old: tuple[int, ...], new: int, verdict: Verdict, difference: Difference) -> bool:
    both = verdict.old.status in old and verdict.new.status == new
    return difference.field == "status" and both


def _foreign_format(verdict: Verdict, difference: Difference) -> bool:
    """Thumbor gives what it made for somebody who accepts more."""
    if difference.field == "vary" or verdict.old.status != verdict.new.status:
        return False
    return not _acceptable(verdict, verdict.old.type) and _acceptable(verdict, verdict.new.type)


def _acceptable(verdict: Verdict, media_type: str) -> bool:
    """Whether the client asked for a type, or the URL did. Others than these anybody can read."""
    name = media_type.removeprefix("image/")
    if name not in ("webp", "avif", "heif", "jxl") or f"format({name})" in _text(verdict):
        return True
    accept = next((value for key, value in verdict.asked.headers if key.lower() == "accept"), "")
    return name in MEDIA_TYPES and accepts(parse_accept(accept), name)


def _stored_age(verdict: Verdict, difference: Difference) -> bool:
    return difference.field == "cache-control" and "max_age(" in _text(verdict)


def _age_of_gifs(verdict: Verdict, difference: Difference) -> bool:
    return ".gif" in _text(verdict) and _stored_age(verdict, difference)


def _more_formats(verdict: Verdict, difference: Difference) -> bool:
    return difference.field in ("type", "picture") and bool(_NEW_FORMATS.search(_text(verdict)))


def _meta_size(verdict: Verdict, difference: Difference) -> bool:
    """The same but for the two keys that are new."""
    if difference.field != "body" or "meta/" not in verdict.asked.path:
        return False
    try:
        old, new = json.loads(verdict.old.body), json.loads(verdict.new.body)
        sources = [each["thumbor"]["source"] for each in (old, new)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    if not isinstance(sources[1], dict):
        return False
    for key in _META_KEYS:
        sources[1].pop(key, None)
    return bool(old == new)


def _text(verdict: Verdict) -> str:
    return unquote(verdict.asked.path)


GENERAL = (
    ERROR_REASON,
    Rule(NO_CRASH.name, NO_CRASH.reason, _crash_with_a_status),
    GUARDED_SCRIPT,
    COMPLETE_304,
    Rule(
        "vary-always",
        "Vary: Accept on everything that depends on Accept; Thumbor 7.8 forgets some formats.",
        _vary,
    ),
    Rule(
        "upstream-errors",
        "An origin's 5xx is told as 502; Thumbor 7.8 says 404 (THUMBOR_QUIRKS brings that back).",
        lambda *what: _statuses((404,), 502, *what),
    ),
    Rule(
        "early-close",
        "An origin that closes early is told as 502; Thumbor 7.8 says 504.",
        lambda *what: _statuses((504,), 502, *what),
    ),
    Rule(
        "refused-connections",
        "A refused connection or a bad certificate is 502; Thumbor 7.8 says 500.",
        lambda *what: _statuses((500,), 502, *what),
    ),
    Rule(
        "missing-decoder",
        "A known format without decoder is 415; Thumbor 7.8 says 400.",
        lambda *what: _statuses((400,), 415, *what),
    ),
    Rule(
        "separate-results",
        "Nobody gets a format that he does not accept; Thumbor 7.8 may store the first client's "
        "for everybody.",
        _foreign_format,
    ),
    Rule("gif-max-age", "max_age() holds for GIFs, too.", _age_of_gifs),
    Rule(
        "hits-like-misses",
        "max_age() holds for stored results, too; Thumbor 7.8 forgets it.",
        _stored_age,
    ),
    Rule("more-formats", "format(tiff), (jxl) and (heic) work.", _more_formats),
    Rule("meta-size", "meta has the true size of the source besides.", _meta_size),
)
