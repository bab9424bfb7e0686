"""From thumbor.conf, the environment and the command line to typed settings, all or nothing.

`examine` finds everything there is to say about a configuration; `load` stops at what is wrong
and hands over the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ..errors import ConfigurationError
from ..records import dataclass, field
from . import file
from .describe import core_entries, core_sections, entries
from .file import Given
from .filling import Finding, Sources, fill, unknown
from .known import builtin_sections, foreign_sections
from .sections import SecuritySettings, Settings

S = TypeVar("S")
NOTHING: Mapping[str, Any] = MappingProxyType({})
PUBLISHED_KEY = "MY_SECURE_KEY"
"""Thumbor's default for SECURITY_KEY, known to everybody."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used.

    `values` are the keys of the file that are not of the core, as written there, for the
    sections of plugins; `sources` is the same with its places and the environment. `places`
    tells where each key of the file stands ("file:line").
    """

    settings: Settings = field(default_factory=Settings)
    values: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    warnings: tuple[str, ...] = ()
    path: Path | None = None
    sources: Sources = field(default_factory=Sources, repr=False)
    places: Mapping[str, str] = field(default_factory=lambda: NOTHING, repr=False)


def load(
    path: str | Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] = NOTHING,
    defaults: Mapping[str, object] = NOTHING,
    plugins: bool = True,
) -> Loaded:
    """Read a configuration; without `path` the first file that `file.find` finds, if any.

    `environ` only if the user asked for it (`--use-environment`); `overrides` are keys that
    the command line sets, `defaults` those that count where nobody sets any. Without `plugins`
    only the plugins in use are asked for their keys, later: all of them take their time.
    Raises `ConfigurationError`, which lists everything that is wrong.
    """
    loaded, findings = examine(
        path, environ=environ, overrides=overrides, defaults=defaults, plugins=plugins
    )
    wrong = [str(each) for each in findings if each.kind == "invalid"]
    if wrong:
        raise ConfigurationError("\n".join(wrong))
    return loaded


def examine(
    path: str | Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] = NOTHING,
    defaults: Mapping[str, object] = NOTHING,
    plugins: bool = True,
) -> tuple[Loaded, tuple[Finding, ...]]:
    """The same with all findings; values that do not fit stand at their defaults.

    Raises `ConfigurationError` only for a file that cannot be read or run.
    """
    where = file.find() if path is None else Path(path)
    written = {key: Given(value, "defaults") for key, value in defaults.items()}
    written |= file.read(where) if where else {}
    sources = Sources(written, environ or NOTHING, overrides)
    settings, findings = _fill_core(sources)
    findings += _check_security(settings.security, where, sources)
    rest = _rest(sources)
    if plugins:
        findings = list(dict.fromkeys([*findings, *_check_rest(rest, settings)]))
    return Loaded(
        settings,
        MappingProxyType({key: given.value for key, given in rest.file.items()}),
        tuple(str(each) for each in findings if each.kind not in ("invalid", "aliased")),
        where,
        rest,
        MappingProxyType({key: given.place for key, given in sources.file.items()}),
    ), tuple(findings)


def _fill_core(sources: Sources) -> tuple[Settings, list[Finding]]:
    filled = {name: fill(section, sources) for name, section in core_sections()}
    settings = Settings(**{name: section for name, (section, _) in filled.items()})
    return settings, list(chain.from_iterable(findings for _, findings in filled.values()))


def _rest(sources: Sources) -> Sources:
    """What is left for plugins. No key of the core, the secret one least of all."""
    core = {name for each in core_entries() for name in (each.key, *each.setting.aliases)}
    return Sources(
        MappingProxyType({key: each for key, each in sources.file.items() if key not in core}),
        MappingProxyType({key: each for key, each in sources.environ.items() if key not in core}),
        MappingProxyType({key: each for key, each in sources.overrides.items() if key not in core}),
    )


def _check_rest(rest: Sources, settings: Settings) -> Iterator[Finding]:
    """What there is to say of keys that are not of the core.

    Plugins are asked one by one for the keys they declare, until none is left to be known.
    """
    left = dict(rest.file)
    known = [each.key for each in core_entries()]
    sections = chain(builtin_sections(), foreign_sections(_plugin_names(settings)))
    while left or rest.environ:
        section = next(sections, None)  # imports a plugin, hence only if needed
        if section is None:
            break
        _, findings = fill(section, rest)
        yield from findings
        for entry in entries(section):
            known.append(entry.key)
            for name in (entry.key, *entry.setting.aliases):
                left.pop(name, None)
    yield from (unknown(key, given.place, known) for key, given in left.items())


def _plugin_names(settings: Settings) -> list[tuple[str, str]]:
    """Group and name of the plugins that are configured and may bring settings."""
    storage, extensions = settings.storage, settings.extensions
    storages = (storage.storage, storage.result_storage, settings.upload.upload_photo_storage)
    return [
        ("loaders", storage.loader),
        *(("storages", name) for name in storages if name),
        ("metrics", extensions.metrics),
        ("error_handlers", extensions.error_handler_module),
        *(("detectors", name) for name in extensions.detectors),
        *(("optimizers", name) for name in extensions.optimizers),
    ]


def _check_security(
    security: SecuritySettings, where: Path | None, sources: Sources
) -> Iterator[Finding]:
    given = sources.file.get("SECURITY_KEY", Given(None, str(where or "defaults")))
    key = security.security_key
    if not key and not security.allow_unsafe_url:
        text = "a key is needed, because ALLOW_UNSAFE_URL is off and no URL could be served"
        yield Finding("invalid", "SECURITY_KEY", given.place, text)
    elif not key:
        text = "no key is set, so only unsafe URLs are served"
        yield Finding("unsafe", "SECURITY_KEY", given.place, text)
    elif key in (PUBLISHED_KEY, PUBLISHED_KEY.encode()):
        text = "this is Thumbor's published default: anybody can sign URLs with it"
        yield Finding("unsafe", "SECURITY_KEY", given.place, text)
