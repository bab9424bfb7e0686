"""Rewriting paths before anything else is done: both generations' settings as one list."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ...errors import ConfigurationError
from ...records import dataclass

JAVASCRIPT = re.compile(r"/(.+)/([a-z]*)", re.DOTALL)
GROUP = re.compile(r"\$(\d{1,2}|&|\$|<(\w+)>)")
LONGEST = 16384
ONCE = "once"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A pattern and what replaces it; `every`: wherever it matches, else the first time."""

    pattern: re.Pattern[str]
    replacement: str
    every: bool = True


def rewritten(path: str, rewrites: Sequence[Rewrite]) -> str:
    """The path after the first rewrite that changes it."""
    for each in rewrites:
        made = each.pattern.sub(each.replacement, path[:LONGEST], count=0 if each.every else 1)
        if made != path:
            return made
    return path


def rewrites_of(pairs: Sequence[Sequence[str]]) -> tuple[Rewrite, ...]:
    """From (pattern, text), as `re.sub` takes them; (pattern, text, "once") for one replacement.

    Raises `ConfigurationError`.
    """
    return tuple(_compiled(pattern, text, every=not more) for pattern, text, *more in pairs)


def from_javascript(pattern: str, substitution: str) -> tuple[str, ...]:
    """`/expression/flags` and `$1` as Python has them. Raises `ConfigurationError`."""
    found = JAVASCRIPT.fullmatch(pattern.strip())
    text, flags = found.groups() if found else (pattern, "g")
    unknown = set(flags) - set("gimsu")
    if unknown:
        raise ConfigurationError(f"REWRITE_MATCH_PATTERN: unknown flags {''.join(sorted(unknown))}")
    inline = "".join(flag for flag in flags if flag in "ims")
    text = re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", text)
    text = f"(?{inline}){text}" if inline else text
    return (text, _replacement(substitution), *(() if "g" in flags else (ONCE,)))


def from_python(text: str) -> list[tuple[str, str]]:
    """A list of pairs, written as a literal. Raises `ConfigurationError`."""
    try:
        pairs = [tuple(map(str, each)) for each in ast.literal_eval(text.strip())]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ConfigurationError("REWRITE_PATTERNS: a list of (pattern, text)") from error
    if not all(len(each) == 2 for each in pairs):
        raise ConfigurationError("REWRITE_PATTERNS: a list of (pattern, text)")
    return [(each[0], each[1]) for each in pairs]


def _replacement(text: str) -> str:
    """`$1`, `$<name>`, `$&` and `$$` in Python's words; backslashes stand for themselves."""

    def group(found: re.Match[str]) -> str:
        if found.group(2):
            return rf"\g<{found.group(2)}>"
        named = {"&": r"\g<0>", "$": "$"}
        return named.get(found.group(1), rf"\g<{found.group(1)}>")

    return GROUP.sub(group, text.replace("\\", r"\\"))


def _compiled(pattern: str, replacement: str, *, every: bool) -> Rewrite:
    try:
        made = re.compile(pattern)
        made.sub(replacement, "")  # tells of groups that are none, if the empty text matches
    except (re.error, IndexError) as error:
        raise ConfigurationError(f"rewrite {pattern!r}: {error}") from error
    return Rewrite(made, replacement, every)
