"""Why something failed, for whoever runs the server: what clients are not told."""

from __future__ import annotations

DEEPEST = 4
"""Causes of causes that are told."""

LONGEST = 400
"""Characters of it all."""


def why(error: BaseException) -> str:
    """What lies behind an error: its causes in order, none twice, none that its text tells.

    Empty if there are none. A cause may have an attribute `why`: that is told in place of its
    text, and of its own causes, which are words of others.
    """
    told: dict[str, None] = {}
    cause = error.__cause__
    for _ in range(DEEPEST):
        if cause is None:
            break
        if not (reason := _reason_of(cause)) or reason not in str(error):
            name = type(cause).__name__
            told[f"{name}: {reason}" if reason else name] = None
        cause = None if getattr(cause, "why", "") else cause.__cause__
    return "; ".join(told)[:LONGEST]


def told(error: BaseException) -> str:
    """Its text, and what lies behind it."""
    cause = why(error)
    return f"{error} ({cause})" if cause else str(error)


def _reason_of(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return getattr(error, "why", "") or str(error)
