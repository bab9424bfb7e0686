"""From the names in the settings to objects: loaders, storages, filters and the rest.

A plugin is a module with `create(env)`. `finding` tells which module a name stands for,
`threads` keeps what blocks off the event loop. All errors are `ConfigurationError`s and are
raised at start: `UnknownPlugin`, `PluginUnavailable`, `PluginMisshapen`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, TypeVar

from .aliases import BUILTIN, GROUPS, canonical, planned
from .errors import ConfigurationError
from .filtering import Filter, collect
from .finding import PluginMisshapen, PluginUnavailable, UnknownPlugin, find_module, needs
from .interfaces import Detector, ErrorReporter, Loader, Metrics, Optimizer, Signer, Storage
from .records import dataclass, field, replace
from .scenes import RemoteDetector
from .settings.describe import core_sections, entries
from .settings.file import Given
from .settings.filling import Sources, fill
from .settings.reader import Loaded
from .settings.sections import Settings
from .signing import SIGNERS
from .threads import unblocked_loader, unblocked_storage

__all__ = [
    "PluginEnvironment",
    "PluginMisshapen",
    "PluginUnavailable",
    "UnknownPlugin",
    "resolve_detectors",
    "resolve_error_reporter",
    "resolve_filters",
    "resolve_loader",
    "resolve_metrics",
    "resolve_optimizers",
    "resolve_signer",
    "resolve_storage",
]

S = TypeVar("S")
STORAGE_THREADS = 8
"""Threads of each storage that blocks: one that hangs takes none from loaders and others."""

METHODS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "loaders": ("allows", "load"),
        "storages": ("get", "put", "delete"),
        "metrics": ("incr", "timing"),
        "error_handlers": ("report",),
        "optimizers": ("optimize",),
        "detectors": (),
        "signers": ("sign",),
    }
)
"""What `create` must give, by group."""

ALWAYS = ("cover", "gifv")
"""Filters that need not be configured. Thumbor 7.8: they work whatever FILTERS says."""

NAMED_OTHERWISE: Mapping[str, str] = MappingProxyType({"redeye": "red_eye"})
"""Modules of ours whose filter has another name in URLs (Thumbor 7.8: the same names)."""

log = logging.getLogger(__name__)


class NoMetrics:
    """Counts nothing: the metrics of whoever is created before there are any."""

    def incr(self, name: str, value: int = 1) -> None:
        """Do nothing."""

    def timing(self, name: str, milliseconds: float) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class PluginEnvironment:
    """The `Environment` of all plugins of a server; holds no secret of the core.

    `sources` are the keys of plugins' sections; `executor` runs loaders that block. Loaders and
    storages are created once each, so that equal names share connections and memory.
    """

    sources: Sources = field(repr=False)
    executor: Executor
    max_source_size: int = 0
    quirks: bool = False
    metrics: Metrics = field(default_factory=NoMetrics)
    _made: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, loaded: Loaded, executor: Executor) -> PluginEnvironment:
        """The environment under this configuration, without metrics so far."""
        core = _public_values(loaded.settings)
        sources = replace(loaded.sources, file=MappingProxyType({**loaded.sources.file, **core}))
        limits, imaging = loaded.settings.limits, loaded.settings.imaging
        return cls(sources, executor, limits.max_source_size, imaging.thumbor_quirks)

    def with_metrics(self, metrics: Metrics) -> PluginEnvironment:
        """The same, counting there."""
        return replace(self, metrics=metrics)

    def section(self, kind: type[S]) -> S:
        """The plugin's settings; a key of the core has the core's value."""
        section, findings = fill(kind, self.sources)
        wrong = [str(each) for each in findings if each.kind == "invalid"]
        if wrong:
            raise ConfigurationError("\n".join(wrong))
        return section

    def loader(self, name: str) -> Loader:
        """The loader of this name, the same for each call."""
        loader: Loader = self._once("loaders", name, unblocked_loader)
        return loader

    def storage(self, name: str) -> Storage:
        """The storage of this name, the same for each call."""
        storage: Storage = self._once("storages", name, _in_threads_of_its_own)
        return storage

    def _once(self, group: str, name: str, unblocked: Callable[[Any, Executor], S]) -> S:
        place = (group, canonical(group, name))
        if place not in self._made:
            self._made[place] = None
            try:
                self._made[place] = unblocked(_create(group, name, self), self.executor)
            finally:
                if self._made[place] is None:
                    del self._made[place]
        made: S | None = self._made[place]
        if made is None:
            raise ConfigurationError(f"{GROUPS[group]} {name!r} leads back to itself")
        return made


def _in_threads_of_its_own(storage: Any, _: Executor) -> Storage:
    """Threads are begun when they are first needed, and end with the storage."""
    return unblocked_storage(storage, ThreadPoolExecutor(STORAGE_THREADS, "storage"))


def resolve_loader(name: str, env: PluginEnvironment) -> Loader:
    """The loader that LOADER names."""
    return env.loader(name)


def resolve_storage(name: str, env: PluginEnvironment) -> Storage:
    """The storage that STORAGE, RESULT_STORAGE or UPLOAD_PHOTO_STORAGE names."""
    return env.storage(name)


def resolve_metrics(name: str, env: PluginEnvironment) -> Metrics:
    """What METRICS names."""
    metrics: Metrics = _create("metrics", name, env)
    return metrics


def resolve_optimizers(names: Iterable[str], env: PluginEnvironment) -> tuple[Optimizer, ...]:
    """What OPTIMIZERS names, in that order. They travel to workers, so they can be pickled."""
    return tuple(_create("optimizers", name, env) for name in names)


def resolve_detectors(names: Iterable[str], env: PluginEnvironment) -> dict[str, Any]:
    """What DETECTORS names, by short names: a `Detector` or a `RemoteDetector` each."""
    found = {canonical("detectors", name): _create("detectors", name, env) for name in names}
    for name, made in found.items():
        if not isinstance(made, (Detector, RemoteDetector)):
            raise PluginMisshapen(f"detector {name!r} lacks detect, or detect_elsewhere")
    return found


def resolve_error_reporter(name: str, env: PluginEnvironment) -> ErrorReporter:
    """What ERROR_HANDLER_MODULE names."""
    reporter: ErrorReporter = _create("error_handlers", name, env)
    return reporter


def resolve_signer(name: str, env: PluginEnvironment) -> Signer:
    """What URL_SIGNER names: one of `signing.SIGNERS` or a module."""
    if name in SIGNERS:
        return SIGNERS[name]
    signer: Signer = _create("signers", name, env)
    return signer


class _Filters(Mapping[str, Filter[Any, Any]]):
    """Filters by the names that URLs call.

    A module of ours declares one filter and is imported when a URL first calls that. The
    modules of others are asked at start.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._found: dict[str, Filter[Any, Any] | str] = {}
        for name in names:
            short = canonical("filters", name)
            ours = short in BUILTIN["filters"]
            called = NAMED_OTHERWISE.get(short, short)
            self._found |= {called: short} if ours else _filters_of(name)

    def __getitem__(self, name: str) -> Filter[Any, Any]:
        found = self._found[name]
        if isinstance(found, str):  # the name of its module
            del self._found[name]
            self._found |= _filters_of(found)
            return self[name]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def resolve_filters(names: Iterable[str]) -> Mapping[str, Filter[Any, Any]]:
    """The filters that FILTERS names, by the names that URLs call.

    Thumbor 7.8: a filter that cannot be had is told in the log and does not stop the start.
    """
    wanted = dict.fromkeys((*names, *ALWAYS))
    missing = [name for name in wanted if _is_missing(name)]
    if missing:
        log.warning("filters not available in this version: %s", ", ".join(missing))
    return _Filters(name for name in wanted if name not in missing)


def _is_missing(name: str) -> bool:
    short = canonical("filters", name)
    return short in planned("filters") and short not in BUILTIN["filters"]


def _filters_of(name: str) -> Mapping[str, Filter[Any, Any]]:
    """The filters that a module declares itself; imported ones belong elsewhere."""
    try:
        module = find_module("filters", name)
    except ConfigurationError as error:
        log.warning("%s", error)
        return {}
    own = collect([module])
    if not own:
        log.warning("filter %r: the module declares no filter", name)
    return own


def _create(group: str, name: str, env: PluginEnvironment) -> Any:
    """What the module's `create` gives, if it has the methods of its group."""
    module = find_module(group, name)
    if not callable(getattr(module, "create", None)):
        raise PluginMisshapen(
            f"{GROUPS[group]} {name!r} has no create(env); "
            "modules written for Thumbor's own interface do not fit"
        )
    try:
        made = module.create(env)
    except ModuleNotFoundError as error:
        raise needs(group, name, error.name or name) from error
    lacking = [each for each in METHODS[group] if not callable(getattr(made, each, None))]
    if lacking:
        raise PluginMisshapen(f"{GROUPS[group]} {name!r} lacks {', '.join(lacking)}")
    return made


def _public_values(settings: Settings) -> dict[str, Given]:
    """The core's values by key, for plugins that read some; secrets stay."""
    return {
        entry.key: Given(getattr(getattr(settings, name), entry.attribute), "configuration")
        for name, section in core_sections()
        for entry in entries(section)
        if not entry.setting.secret
    }
