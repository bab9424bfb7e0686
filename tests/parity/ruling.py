"""What a meant difference is."""

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
