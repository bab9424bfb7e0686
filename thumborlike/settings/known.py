"""Sections that plugins declare. Plugins are imported here, by name, only when asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from ..aliases import BUILTIN, SECTIONS_ONLY


def builtin_sections() -> Iterator[type[Any]]:
    """The sections of the built-in plugins, each once; modules are imported one by one."""
    seen: set[type[Any]] = set()
    for name in _builtin_modules():
        for section in _sections_of(name):
            if section not in seen:
                seen.add(section)
                yield section


def foreign_sections(names: Iterable[str]) -> Iterator[type[Any]]:
    """The sections of other people's plugins that a configuration names with dots."""
    for name in names:
        if "." in name and not name.startswith(("thumbor.", "libthumbor.", "thumborlike.")):
            yield from _sections_of(name)


def _builtin_modules() -> Iterator[str]:
    for group, names in BUILTIN.items():
        if group != "filters":  # a filter takes its values from the URL and has no settings
            yield from (f"thumborlike.{group}.{name}" for name in names)
    yield from SECTIONS_ONLY


def _sections_of(name: str) -> tuple[type[Any], ...]:
    """What the module declares. One that cannot be imported is reported where it is used."""
    try:
        module: ModuleType = importlib.import_module(name)
    except ImportError:
        return ()
    declared = getattr(module, "SETTINGS", ())
    return declared if isinstance(declared, tuple) else (declared,)
