"""All cases of all tables, each once."""

from __future__ import annotations

from collections.abc import Iterable

from .cases import Case, basic_cases
from .filter_cases import filter_cases
from .kind_cases import kind_cases


def cases() -> tuple[Case, ...]:
    """Of two with the same name the one that is kept as golden stands."""
    found: dict[str, Case] = {}
    tables: tuple[Iterable[Case], ...] = (basic_cases(), filter_cases(), kind_cases())
    for table in tables:
        for case in table:
            if case.name not in found or case.golden:
                found[case.name] = case
    return tuple(found.values())
