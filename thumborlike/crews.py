"""Which crew works on pictures under these settings, and what its caches count for."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .bench import new_bench
from .cores import usable
from .crew import Crew, ThreadsAtBench
from .interfaces import Detector, Metrics, Optimizer
from .measuring import gauge_of
from .memory import keep_freed
from .records import dataclass
from .settings import Settings

if TYPE_CHECKING:
    from .isolation.spawn import Template

PACKAGES = ("thumborlike", "thumborlike.filters", "thumborlike.optimizers")
Detectors = tuple[tuple[str, Detector], ...]
"""Ours whose folders need not lie where Python looks for modules."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A crew and its decoded pictures: how many bytes they take, how to forget them.

    `start` gets the crew ready ahead of the first picture, `ready` tells whether it is. `sweep`
    forgets what is old, and tells whether any is left; None where the crew does that itself.
    """

    crew: Crew
    kept_bytes: Callable[[], int]
    forget: Callable[[], object]
    start: Callable[[], None]
    sweep: Callable[[], bool] | None = None
    ready: Callable[[], bool] = lambda: True


def staff_of(
    settings: Settings,
    optimizers: tuple[Optimizer, ...],
    metrics: Metrics,
    template: Template | None = None,
    detectors: Detectors = (),
) -> Staff:
    """The crew of a server: processes if there is a template, or if WORKER_ISOLATION says so."""
    if template or settings.workers.worker_isolation == "process":
        return _processes(settings, optimizers, metrics, template, detectors)
    gauge_of(metrics)("workers.ready", size_of(settings))
    return _threads(settings, optimizers, detectors)


def size_of(settings: Settings) -> int:
    """How many pictures are worked on at once."""
    limits = settings.limits
    return limits.workers or limits.engine_threadpool_size or usable()


def _threads(settings: Settings, optimizers: tuple[Optimizer, ...], detectors: Detectors) -> Staff:
    limits, size = settings.limits, size_of(settings)
    keep_freed(size)
    kept = limits.decoded_cache_bytes, limits.decoded_cache_seconds
    bench = new_bench(*kept, optimizers, detectors)
    crew = ThreadsAtBench(size, bench)
    return Staff(crew, bench.kept_bytes, bench.forget, start=_nothing, sweep=bench.sweep)


def _processes(
    settings: Settings,
    optimizers: tuple[Optimizer, ...],
    metrics: Metrics,
    template: Template | None,
    detectors: Detectors,
) -> Staff:
    from .isolation.pool import Processes  # noqa: PLC0415  (15 ms, of no use to threads)
    from .isolation.setup import Setup  # noqa: PLC0415

    keys, limits = settings.workers, settings.limits
    setup = Setup(
        optimizers,
        kept_bytes=limits.decoded_cache_bytes,
        kept_seconds=limits.decoded_cache_seconds,
        memory_limit=keys.worker_memory_limit,
        deadline=limits.processing_timeout_seconds,
        confined=keys.worker_sandbox,
        readable=tuple(dict.fromkeys(_readable(settings))),
        programs=bool(optimizers),
        log_level=logging.getLogger().getEffectiveLevel(),
        detectors=detectors,
    )
    crew = Processes(
        size_of(settings), setup, metrics, max_jobs=keys.worker_max_jobs, template=template
    )
    return Staff(crew, crew.kept_bytes, crew.forget, crew.start, ready=crew.ready)


def _readable(settings: Settings) -> Iterator[str]:
    """What the configured work reads besides Python's own modules."""
    yield from settings.workers.worker_readable_paths
    yield from (settings.imaging.text_fonts or {}).values()
    if settings.encoding.srgb_profile:
        yield settings.encoding.srgb_profile
    extensions = settings.extensions
    for name in (
        *PACKAGES,
        *extensions.filters,
        *extensions.optimizers,
        *extensions.detectors,
    ):
        yield from _folders(name.partition(".")[0] if name not in PACKAGES else name)


def _folders(package: str) -> Iterator[str]:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return
    if spec and spec.submodule_search_locations:
        yield from spec.submodule_search_locations
    elif spec and spec.origin:
        yield spec.origin


def _nothing() -> None:
    """Threads need no start."""
