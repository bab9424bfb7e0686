"""Sections that plugins declare. Plugins are imported here, by name, only when asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from ..aliases import BUILTIN, SECTIONS_ONLY, canonical, planned
from ..errors import ConfigurationError
from ..finding import find_module


def builtin_sections() -> Iterator[type[Any]]:
    """The sections of the built-in plugins, each once; modules are imported one by one."""
    seen: set[type[Any]] = set()
    for name in _builtin_modules():
        for section in _sections_of(name):
            if section not in seen:
                seen.add(section)
                yield section


def foreign_sections(names: Iterable[tuple[str, str]]) -> Iterator[type[Any]]:
    """The sections of other people's plugins that a configuration names: (group, name).

    One that cannot be imported is passed over here and reported where it is used.
    """
    for group, name in names:
        if canonical(group, name) not in planned(group).union(BUILTIN.get(group, ())):
            with suppress(ConfigurationError):
                yield from _declared(find_module(group, name))


def _builtin_modules() -> Iterator[str]:
    for group, names in BUILTIN.items():
        if group != "filters":  # a filter takes its values from the URL and has no settings
            yield from (f"thumborlike.{group}.{name}" for name in names)
    yield from SECTIONS_ONLY


def _sections_of(path: str) -> tuple[type[Any], ...]:
    """What a module declares; nothing if it needs a package that is not installed."""
    try:
        return _declared(importlib.import_module(path))
    except ImportError:
        return ()


def _declared(module: Any) -> tuple[type[Any], ...]:
    declared = getattr(module, "SETTINGS", ())
    return declared if isinstance(declared, tuple) else (declared,)
