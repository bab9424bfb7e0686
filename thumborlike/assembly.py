"""The parts of a service that its settings describe; `service.build` puts them together."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from .bench import measure
from .crews import Staff, size_of
from .interfaces import ErrorReporter, Key, Kind, Metrics, Source, Storage
from .making import Maker, Sweeper
from .plugins import (
    PluginEnvironment,
    resolve_detectors,
    resolve_error_reporter,
    resolve_filters,
)
from .readiness import Readiness
from .settings import Settings
from .workers import Budget, Workers

if TYPE_CHECKING:
    from .blocklist import BlockList
    from .detecting import Detections
    from .explaining import Explainer
    from .gate import Gate
    from .results import Results
    from .sources import Sources
    from .tracing import Traces
    from .uploads import Uploads

WAITING_PER_WORKER = 256
MEMORY_PER_WORKER = 256 << 20
SALIENCY = "saliency"


def maker_of(settings: Settings, staff: Staff, workers: Workers, metrics: Metrics) -> Maker:
    """Who makes results; keeps decoded pictures for a while, if wanted."""
    seconds = settings.limits.decoded_cache_seconds
    shares = bool(settings.limits.decoded_cache_bytes and seconds)
    sweeper = Sweeper(staff.sweep, seconds) if shares and staff.sweep else None
    return Maker(workers, metrics, shares=shares, sweeper=sweeper)


def workers_of(settings: Settings, staff: Staff, metrics: Metrics) -> Workers:
    """The queue in front of the crew, with its limits."""
    limits, size = settings.limits, size_of(settings)
    queue = WAITING_PER_WORKER * size if limits.queue_size is None else limits.queue_size
    memory = limits.working_memory_bytes
    budget = Budget(
        MEMORY_PER_WORKER * size if memory is None else memory,
        limits.queue_bytes,
        cached=staff.kept_bytes,
        relieve=staff.forget,
    )
    return Workers(
        staff.crew,
        queue_size=queue,
        queue_timeout=limits.queue_timeout_seconds,
        deadline=limits.processing_timeout_seconds,
        budget=budget,
        metrics=metrics,
    )


def readiness_of(
    settings: Settings, staff: Staff, storage: Storage, results: Storage | None
) -> Readiness:
    """What tells whether requests should come."""
    storages = {Key(Kind.SOURCE, "readiness"): storage}
    if results:
        storages[Key(Kind.RESULT, "/readiness")] = results
    wanted = storages if settings.http.readiness_storages else {}
    return Readiness(staff.ready, wanted, settings.storage.storage_timeout_seconds)


def let_go(staff: Staff, workers: Workers, executor: Executor) -> None:
    """Begin nothing more; what runs may end."""
    workers.close()
    staff.forget()
    executor.shutdown(wait=False, cancel_futures=True)


def traces_of(settings: Settings) -> Traces | None:
    """Who traces requests, if that is wanted."""
    if not settings.logging.open_telemetry:
        return None
    from .tracing import traces_of as made  # noqa: PLC0415  (only if they are in use)

    return made()


def reporter_of(settings: Settings, env: PluginEnvironment) -> ErrorReporter | None:
    """Who is told of unexpected errors, if anybody."""
    if not settings.extensions.use_custom_error_handling:
        return None
    return resolve_error_reporter(settings.extensions.error_handler_module, env)


def detectors_of(settings: Settings, env: PluginEnvironment) -> dict[str, Any]:
    """What `smart` asks, in that order. Thumbor 7.8: nothing that is not configured."""
    names = settings.extensions.detectors
    if settings.imaging.smart_saliency and not settings.imaging.thumbor_quirks:
        names = (*(name for name in names if name != SALIENCY), SALIENCY)
    return resolve_detectors(names, env)


def block_list_of(storage: Storage) -> BlockList:
    """The list of refused sources, kept there."""
    from .blocklist import BlockList  # noqa: PLC0415  (only if it is in use)

    return BlockList(storage)


def uploads_of(settings: Settings, env: PluginEnvironment, workers: Workers) -> Uploads:
    """What takes uploads."""
    from .uploads import Uploads  # noqa: PLC0415  (only if they are switched on)

    async def probe(body: bytes) -> tuple[int, int]:
        size: tuple[int, int] = await workers.run(measure, Source("", body), settings.imaging)
        return size

    storage = env.storage(settings.upload.upload_photo_storage or settings.storage.storage)
    return Uploads(settings.upload, storage, probe, settings.limits.max_source_size)


def explainer_of(
    settings: Settings,
    gate: Gate,
    sources: Sources,
    results: Results,
    *,
    detections: Detections,
    workers: Workers,
) -> Explainer | None:
    """What explains URLs, if EXPLAIN says so."""
    wanted = settings.pages.explain
    if wanted == "off":
        return None
    from .explaining import Explainer  # noqa: PLC0415

    filters = resolve_filters(settings.extensions.filters)
    unsigned = wanted == "all"
    return Explainer(
        settings,
        filters,
        gate=gate,
        sources=sources,
        results=results,
        detections=detections,
        workers=workers,
        unsigned=unsigned,
    )
