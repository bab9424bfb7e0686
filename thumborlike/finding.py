"""From the name of a plugin to the module behind it, or one of three errors that say why not."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from .aliases import ALIASES, BUILTIN, GROUPS, canonical, instead_of, planned
from .errors import ConfigurationError

EXTRAS = MappingProxyType(
    {
        "boto3": "s3",
        "botocore": "s3",
        "google": "gcs",
        "redis": "redis",
        "sentry_sdk": "sentry",
        "numpy": "faces",
        "mozjpeg_lossless_optimization": "optimizers",
        "oxipng": "optimizers",
    }
)
"""Packages that plugins need beyond the server's own: the pip extra that brings each."""

log = logging.getLogger(__name__)


class UnknownPlugin(ConfigurationError):
    """Nothing has this name."""


class PluginUnavailable(ConfigurationError):
    """The plugin is known, but it or something that it needs is not installed."""


class PluginMisshapen(ConfigurationError):
    """The module is there but is no plugin of this kind."""


def find_module(group: str, name: str) -> Any:
    """The module that `name` stands for in a group of `aliases.GROUPS`.

    A name is one of ours, one of Thumbor's, one that an installed package adds through the
    entry points `thumborlike.<group>`, or the dotted name of any module.
    """
    short = short_name(group, name)
    if short in BUILTIN.get(group, ()):
        return _import(group, name, f"thumborlike.{group}.{short}")
    if short in planned(group):
        raise PluginUnavailable(f"{GROUPS[group]} {name!r} is not available in this version")
    if "." in short and not short.startswith("."):  # a relative one is relative to nothing
        return _import(group, name, short)
    return _from_entry_point(group, short)


def short_name(group: str, name: str) -> str:
    """Our name of what Thumbor calls `name`, told in the log; any other name as it is."""
    short = canonical(group, name)
    if short != name:
        log.info("%s %s is %r here", GROUPS[group], name, short)
    return short


def is_in_group(group: str, name: str) -> bool:
    """Whether the name is known without importing anything."""
    return canonical(group, name) in BUILTIN.get(group, ())


def _import(group: str, name: str, path: str) -> Any:
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        missing = error.name or path
        if path == missing or path.startswith(f"{missing}."):
            raise _unknown(group, name) from error
        raise needs(group, name, missing) from error
    except (ImportError, SyntaxError) as error:
        text = f"{GROUPS[group]} {name!r} cannot be imported: {error}"
        raise PluginUnavailable(text) from error


def needs(group: str, name: str, package: str) -> PluginUnavailable:
    """The error for a plugin whose `package` is not installed."""
    top = package.partition(".")[0]
    wanted = f"thumborlike[{EXTRAS[top]}]" if top in EXTRAS else top
    return PluginUnavailable(
        f"{GROUPS[group]} {name!r} needs the package {top}: pip install '{wanted}'"
    )


def _from_entry_point(group: str, name: str) -> Any:
    from importlib.metadata import entry_points  # noqa: PLC0415  (slow, and rarely needed)

    found = {each.name: each for each in entry_points(group=f"thumborlike.{group}")}
    if name not in found:
        raise _unknown(group, name, found)
    try:
        return found[name].load()
    except ModuleNotFoundError as error:
        raise needs(group, name, error.name or found[name].value) from error
    except (ImportError, AttributeError, SyntaxError) as error:
        text = f"{GROUPS[group]} {name!r} cannot be imported: {error}"
        raise PluginUnavailable(text) from error


def _unknown(group: str, name: str, more: Iterable[str] = ()) -> UnknownPlugin:
    if advice := instead_of(name):
        return UnknownPlugin(f"unknown {GROUPS[group]} {name!r}; use {advice}")
    import difflib  # noqa: PLC0415

    known = sorted({*BUILTIN.get(group, ()), *more})
    dotted = [each for each, (group_of, _) in ALIASES.items() if group_of == group]
    package = name.rpartition(".")[0].partition(".")[0]
    if package:
        near = {each: each for each in dotted if each.startswith(f"{package}.")}
    else:
        near = {each.rpartition(".")[2]: each for each in (*dotted, *known)}
    close = [near[each] for each in difflib.get_close_matches(name, near, 1)]
    hint = f"known: {', '.join(known)}"
    if close:
        hint = f"did you mean {close[0]!r}?"
    elif package and package != "thumbor":
        hint = f"there is no module of this name; is {package} installed here?"
    return UnknownPlugin(f"unknown {GROUPS[group]} {name!r}; {hint}")
