"""The filter reference, out of the registry.

python -m thumborlike.filter_docs > docs/filters.md
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from .filter_examples import EXAMPLES, OTHER_SAMPLES
from .filter_parameters import Parameter
from .filtering import Filter, collect

_PACKAGE = "thumborlike.filters"

_INTRODUCTION = """\
# Filters

Generated from the filters themselves by `python -m thumborlike.filter_docs`.

Filters are written `filters:name(arguments):name(arguments)` before the image:
`/unsafe/300x200/filters:grayscale():quality(70)/picture.jpg`. They run in the order in which
they are written. Names are case-sensitive; blanks around arguments are allowed. A call is
ignored if its name is unknown, or if its arguments do not fit in number, type or range. Text
with a comma stands in single quotes, and `)/` must not occur in it unencoded, but for the path
of `image`. Arguments in square brackets may be left out, from the right; in filters that are not
Thumbor's they may also be left empty: `text(Hi,5,5,,red)`.
"""


def reference(registry: Mapping[str, Filter[Any, Any]]) -> str:
    """The page, in Markdown, filters in order of their names."""
    return "\n".join([_INTRODUCTION, *(_section(registry[name]) for name in sorted(registry))])


def builtin_registry() -> Mapping[str, Filter[Any, Any]]:
    """All filters that come with the server, also those that are off by default."""
    names: Iterable[str] = importlib.import_module(_PACKAGE).BUILTIN
    return collect(importlib.import_module(f"{_PACKAGE}.{name}") for name in names)


def _section(declared: Filter[Any, Any]) -> str:
    lines = [f"## `{_usage(declared)}`", "", inspect.getdoc(declared.function) or ""]
    if declared.ours:
        lines += ["", "Not in Thumbor; off with THUMBOR_QUIRKS."]
    if declared.name in EXAMPLES:
        lines += ["", _pictures(declared.name)]
    if declared.parameters:
        lines += ["", "| argument | is | default |", "|---|---|---|"]
        lines += [_row(each) for each in declared.parameters]
    return "\n".join([*lines, ""])


def _pictures(name: str) -> str:
    before = f"![before](filters/{OTHER_SAMPLES.get(name, 'plain')}.webp)"
    after = f"![after](filters/{name}.webp)"
    return f"{before} {after} `{EXAMPLES[name]}`"


def _usage(declared: Filter[Any, Any]) -> str:
    required = ", ".join(each.name for each in declared.parameters if each.required)
    optional = [each.name for each in declared.parameters if not each.required]
    tail = "".join(f"[, {name}" for name in optional) + "]" * len(optional)
    return f"{declared.name}({required}{tail})".replace("([, ", "([")


def _row(parameter: Parameter) -> str:
    default = "" if parameter.required else f"`{_written(parameter.default)}`"
    return f"| `{parameter.name}` | {parameter.type.shape} | {default} |"


def _written(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.stdout.write(reference(builtin_registry()))
