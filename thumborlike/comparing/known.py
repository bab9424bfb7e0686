"""The differences that are meant, by name: docs/thumbor-differences.md tells the same in words."""

from __future__ import annotations

from . import known_answers, known_defaults, known_pictures
from .judging import Difference, Verdict
from .likeness import Unreadable
from .ruling import Rule, excuse

SHARED: tuple[Rule, ...] = (*known_answers.SHARED, *known_pictures.SHARED)
"""Rules that hold whatever is asked, with and without THUMBOR_QUIRKS."""

GENERAL: tuple[Rule, ...] = (
    *known_answers.GENERAL,
    *known_defaults.GENERAL,
    *known_pictures.SHARED,
)
"""Rules for servers and pictures that nothing is known of."""


def explain(verdict: Verdict, difference: Difference) -> Rule | None:
    """The rule that names a difference, if it is a meant one. For any picture."""
    try:
        return excuse(GENERAL, verdict, difference)
    except (Unreadable, ValueError):
        return None
