"""Where we answer otherwise on purpose, also under THUMBOR_QUIRKS: named, with the reason.

A difference that no rule excuses fails the run. docs/thumbor-differences.md tells the same to
users.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .judge import Difference, Verdict

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
    return not verdict.case.path.isascii()


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
)


def excuse(verdict: Verdict, difference: Difference) -> Rule | None:
    """The first rule that knows this difference."""
    return next((rule for rule in RULES if rule.excuses(verdict, difference)), None)
