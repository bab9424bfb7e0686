"""Values and texts made to fit a setting's annotation.

`fit` takes what a configuration file gives, `parse` what the environment gives. Both return a
value of the annotated type, unchangeable, or raise `Unfit`, whose text says what is allowed.

Thumbor 7.8 checks nothing, so existing files hold near misses that mean something there: 0 for
False, None for 0 or an empty list, 75e6 for a whole number, False for no text. They are taken.
"""

from __future__ import annotations

import ast
import math
import os
import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, Union, get_args, get_origin

NAMES: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "a text",
    bytes: "bytes",
    type(None): "None",
}
TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0", "")


class Unfit(ValueError):
    """The value has the wrong type. The text says what is allowed."""


def describe(hint: Any) -> str:
    """What values of this type look like, for people: "a whole number or None"."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in NAMES:
        return NAMES[hint]
    if _is_union(hint):
        return " or ".join(describe(each) for each in arguments)
    if origin is Literal:
        return "one of " + ", ".join(map(repr, arguments))
    if _is_list(origin):
        items = describe(arguments[0]) if arguments else "anything"
        return f"a list ({items} each)"
    if origin is not None and issubclass(origin, Mapping):
        return "a dictionary"
    return str(getattr(origin or hint, "__name__", "anything"))


def fit(value: Any, hint: Any) -> Any:
    """The value as the annotation wants it."""
    if hint is Any:
        return value
    if _is_union(hint):
        return _fit_union(value, hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _require(value in arguments, value, hint)
    if _is_list(origin):
        return _fit_list(value, hint)
    if origin is not None:
        return _freeze(_require(isinstance(value, origin), value, hint))
    return _fit_plain(value, hint)


def parse(text: str, hint: Any) -> Any:
    """The value that a text of the environment stands for."""
    if hint is bool:
        return _parse_bool(text)
    if hint is type(None):
        return _require(text.strip().lower() in ("", "none", "null"), None, hint)
    if hint is str or get_origin(hint) is Literal:
        return fit(text, hint)
    if _is_union(hint):
        return _parse_union(text, hint)
    if _is_list(get_origin(hint)):
        return _fit_list(_parse_list(text, hint), hint)
    return fit(_literal(text, hint), hint)


def _fit_plain(value: Any, hint: Any) -> Any:
    exact = type(value) is hint
    if exact and hint is not float:
        return value
    if hint is bool:
        return bool(_require(value is None or value in (0, 1), value, hint))
    if hint in (int, float):
        return _fit_number(value, hint)
    if hint is str and isinstance(value, os.PathLike):
        return os.fspath(value)
    return _require(isinstance(value, hint), value, hint)


def _fit_number(value: Any, hint: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    try:
        made = hint(_require(number and math.isfinite(value), value, hint))
    except OverflowError as error:
        raise Unfit(describe(hint)) from error
    return _require(made == value, made, hint)


def _fit_union(value: Any, hint: Any) -> Any:
    """An alternative of exactly the value's type goes before one that it can be made to fit."""
    options = get_args(hint)
    for option in options:
        if type(value) is option:
            return fit(value, option)
    for option in options:
        with suppress(Unfit):
            return fit(value, option)
    return _require(value is False and {str, type(None)} <= set(options), None, hint)


def _fit_list(value: Any, hint: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    _require(isinstance(value, (list, tuple, set, frozenset)), value, hint)
    arguments = get_args(hint)
    item = arguments[0] if arguments else Any
    try:
        return tuple(fit(each, item) for each in value)
    except Unfit as error:
        raise Unfit(describe(hint)) from error


def _parse_bool(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE + FALSE:
        raise Unfit("true, false, yes, no, 1 or 0")
    return word in TRUE


def _parse_union(text: str, hint: Any) -> Any:
    """Texts come last: anything is a text."""
    options = sorted(get_args(hint), key=lambda option: (option is str, option is not type(None)))
    for option in options:
        with suppress(Unfit):
            return parse(text, option)
    raise Unfit(describe(hint))


def _parse_list(text: str, hint: Any) -> Any:
    """A Python or JSON literal, or items between commas."""
    stripped = text.strip()
    if stripped[:1] in ("[", "("):
        return _literal(stripped, hint)
    return [item.strip() for item in stripped.split(",") if item.strip()]


def _literal(text: str, hint: Any) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise Unfit(describe(hint)) from error


def _freeze(value: Any) -> Any:
    return types.MappingProxyType(dict(value)) if isinstance(value, Mapping) else value


def _require(condition: object, value: Any, hint: Any) -> Any:
    if not condition:
        raise Unfit(describe(hint))
    return value


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _is_list(origin: Any) -> bool:
    return origin in (tuple, list, Sequence)
