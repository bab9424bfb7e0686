"""What a meant difference is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..records import dataclass
from .judging import Difference, Verdict

Test = Callable[[Verdict, Difference], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A difference that is meant. `excuses` tells whether a difference is this one.

    `name` is that of its row in docs/thumbor-differences.md.
    """

    name: str
    reason: str
    excuses: Test


def excuse(rules: Iterable[Rule], verdict: Verdict, difference: Difference) -> Rule | None:
    """The first rule that knows this difference."""
    return next((rule for rule in rules if rule.excuses(verdict, difference)), None)
