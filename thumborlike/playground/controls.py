"""The filters as data: for each parameter its kind, range, default and a value to begin with.

Read from the filters' own declarations, so that a filter of somebody else has controls, too.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Union

from ..filter_calls import split_calls
from ..filter_examples import EXAMPLES
from ..filter_parameters import INT_LIMIT
from ..filtering import Color, Filter, Overlay, Parameter, Pattern, Processed, Range, Region
from .hints import CHOICES, COLORS, STARTS, USUAL

Described = dict[str, Any]

_PLAIN: Mapping[Any, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "text",
    Overlay: "picture",
    Processed: "path",
    Region: "region",
}
_COLOR = typing.get_args(Color)[1]


def describe_filters(registry: Mapping[str, Filter[Any, Any]], *, quirks: bool) -> list[Described]:
    """All filters, in order of their names; with `quirks` only those that Thumbor knows, too."""
    found = (registry[name] for name in sorted(registry))
    return [describe_filter(each) for each in found if not (quirks and each.ours)]


def describe_filter(declared: Filter[Any, Any]) -> Described:
    """One filter: `name`, `summary`, `details`, `ours` (unknown to Thumbor), `parameters`."""
    text = inspect.getdoc(declared.function) or ""
    summary, _, details = text.partition("\n\n")
    hints = typing.get_type_hints(declared.function, include_extras=True)
    starts = _starts(declared)
    return {
        "name": declared.name,
        "summary": _plain(summary),
        "details": _plain(details),
        "ours": declared.ours,
        "phase": declared.phase,
        "parameters": [
            _described(declared.name, each, hints[each.name], starts.get(place))
            for place, each in enumerate(declared.parameters)
        ],
    }


def _plain(text: str) -> str:
    """Without line ends and the marks of code."""
    return " ".join(text.replace("`", "").split())


def _described(name: str, parameter: Parameter, hint: Any, start: str | None) -> Described:
    place = (name, parameter.name)
    described: Described = {
        "name": parameter.name,
        "label": parameter.name.replace("_", " ").capitalize(),
        "is": parameter.type.shape,
        "required": parameter.required,
        "default": None if parameter.required else written(parameter.default),
        **_kind(hint),
    }
    if place in COLORS:
        described["kind"] = "color"
    if place in CHOICES:
        described |= {"kind": "choice", "choices": list(CHOICES[place])}
    if place in USUAL:
        usual = USUAL[place]
        described["usual"] = {"low": usual.low, "high": usual.high, "step": usual.step}
    described["start"] = start or _start(described)
    return described


def _kind(hint: Any) -> Described:
    """What a type says: its `kind`, with `low` and `high`, `choices` or a `pattern`."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        plain, *extras = typing.get_args(hint)
        return _annotated(plain, extras)
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in typing.get_args(hint) if each is not type(None))
        return {**_kind(inner), "none": True}
    if origin is Literal:
        return {"kind": "choice", "choices": list(map(str, typing.get_args(hint)))}
    return {"kind": _PLAIN.get(hint, "text")}


def _annotated(plain: Any, extras: Iterable[Any]) -> Described:
    for extra in extras:
        if extra is _COLOR:
            return {"kind": "color"}
        if isinstance(extra, Pattern):
            return {"kind": "text", "pattern": extra.expression}
        if isinstance(extra, Range):
            bounds = {"low": extra.low, "high": extra.high}
            known = {each: value for each, value in bounds.items() if _tells(value)}
            return {**_kind(plain), **known}
    return _kind(plain)


def _tells(bound: float | None) -> bool:
    """Whether it is a limit of the filter, not just that of a whole number."""
    return bound is not None and abs(bound) < INT_LIMIT


def _starts(declared: Filter[Any, Any]) -> dict[int, str]:
    """Texts that arguments have at first, by place: of the example in the reference."""
    if declared.name in STARTS:
        return dict(enumerate(STARTS[declared.name]))
    for call in split_calls(EXAMPLES.get(declared.name, "")):
        name, _, rest = call.partition("(")
        if name == declared.name and declared.parse(call) is not None:
            return dict(enumerate(_arguments(declared, rest.removesuffix(")"))))
    return {}


def _arguments(declared: Filter[Any, Any], text: str) -> list[str]:
    """The texts of arguments; commas in brackets or quotes belong to them."""
    parts, depth, quoted = [""], 0, False
    for char in text:
        quoted ^= char == "'"
        depth += (char in "([") - (char in ")]")
        if char == "," and not depth and not quoted and len(parts) < len(declared.parameters):
            parts.append("")
        elif char != "'":
            parts[-1] += char
    return parts


def _start(described: Described) -> str:
    if described["default"] is not None:
        return str(described["default"])
    if described["kind"] == "choice":
        return str(described["choices"][0])
    starts = {"boolean": "false", "color": "ff9900", "picture": "{picture}"}
    number = str(int(described.get("low") or 1))
    return starts.get(described["kind"], number if described["kind"] == "integer" else "")


def written(value: object) -> str:
    """A default as a URL has it; an absent one is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
