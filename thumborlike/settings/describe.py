"""What a section declares, read from its dataclass fields, and values checked against it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, cast, get_args, get_type_hints

from ..records import dataclass
from .convert import Unfit, describe, fit, parse
from .fields import Setting
from .sections import Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a section: its declaration, attribute, type and default."""

    setting: Setting
    attribute: str
    default: Any
    section: type[Any]

    @property
    def hint(self) -> Any:
        """The type that values must have."""
        return _hints(cast(Hashable, self.section))[self.attribute]

    @property
    def key(self) -> str:
        """The key as users write it."""
        return self.setting.key

    @property
    def allowed(self) -> str:
        """What may be written, for people: type, range or choices."""
        low, high, choices = self.setting.low, self.setting.high, self.setting.choices
        if choices:
            return "one of " + ", ".join(map(repr, choices))
        kind = describe(self.hint)
        if low is not None and high is not None:
            return f"{kind}, {low:g} to {high:g}"
        if low is not None:
            return f"{kind}, {low:g} or more"
        return kind if high is None else f"{kind}, {high:g} or less"


def entries(section: type[Any]) -> tuple[Entry, ...]:
    """The keys of a section, in order of declaration. Fields that are no settings are left out."""
    return _entries(cast(Hashable, section))


@functools.cache
def _entries(section: Any) -> tuple[Entry, ...]:
    return tuple(
        Entry(each.metadata["setting"], each.name, _default(each), section)
        for each in fields(section)
        if "setting" in each.metadata
    )


def core_sections() -> Iterator[tuple[str, type[Any]]]:
    """Name and class of each section of `Settings`."""
    return ((each.name, type(_default(each))) for each in fields(Settings))


@functools.cache
def _hints(section: Any) -> Mapping[str, Any]:
    """The annotations, evaluated; only where a value is given, since that takes its time."""
    return get_type_hints(section)


def core_entries() -> Iterator[Entry]:
    """Every key of the core."""
    return (entry for _, section in core_sections() for entry in entries(section))


def accept(entry: Entry, value: Any) -> Any:
    """The value as the section holds it. Raises `Unfit`, whose text says what is allowed."""
    if value is None and entry.setting.low == 0 and type(None) not in get_args(entry.hint):
        value = 0  # None switches a limit off, as 0 does
    return _within(entry, _or_allowed(entry, fit, value))


def accept_text(entry: Entry, text: str) -> Any:
    """The same for a text of the environment. Secrets are taken as they stand."""
    if entry.setting.secret:
        return accept(entry, text)
    return _within(entry, _or_allowed(entry, parse, text))


def _or_allowed(entry: Entry, convert: Callable[[Any, Any], Any], value: Any) -> Any:
    try:
        return convert(value, entry.hint)
    except Unfit as error:
        raise Unfit(entry.allowed) from error


def _within(entry: Entry, value: Any) -> Any:
    """The value, if it keeps to choices, range and check."""
    if value is None:
        return value
    setting = entry.setting
    if setting.choices and value not in setting.choices:
        raise Unfit(entry.allowed)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        too_low = setting.low is not None and value < setting.low
        if too_low or (setting.high is not None and value > setting.high):
            raise Unfit(entry.allowed)
    if setting.check:
        try:
            setting.check(value)
        except ValueError as error:
            raise Unfit(str(error) or entry.allowed) from error
    return value


def _default(each: Field[Any]) -> Any:
    return each.default_factory() if each.default_factory is not MISSING else each.default
