"""Why something failed, for whoever runs the server: what clients are not told."""

from __future__ import annotations

DEEPEST = 4
"""Causes of causes that are told."""

LONGEST = 400
"""Characters of it all."""


def why(error: BaseException) -> str:
    """What lies behind an error: its causes in order, none twice; empty if there are none.

    A cause may tell more in an attribute `why` than in its text.
    """
    told: dict[str, None] = {}
    cause = error.__cause__
    for _ in range(DEEPEST):
        if cause is None:
            break
        told[_text_of(cause)] = None
        cause = cause.__cause__
    told.pop(str(error), None)
    return "; ".join(told)[:LONGEST]


def _text_of(error: BaseException) -> str:
    name = type(error).__name__
    more = getattr(error, "why", "") or str(error)
    return f"{name}: {more}" if more else name
