"""The one place where everything is put together: `build`, and what it gives, `Service`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .bench import measure
from .crews import Staff, size_of, staff_of
from .errors import CannotPurge, ServerError, ShuttingDown, ThumborlikeError
from .gate import Gate
from .http.message import Request, Response
from .http.status import error_response
from .interfaces import Closes, ErrorReporter, Metrics, Source, Storage
from .keeping import TolerantStorage
from .logs import without_secrets
from .making import Maker, Sweeper
from .pipeline import Pipeline
from .plugins import (
    PluginEnvironment,
    resolve_error_reporter,
    resolve_filters,
    resolve_metrics,
    resolve_optimizers,
    resolve_signer,
)
from .purging import Purged, Purger
from .results import Results
from .settings import Settings
from .settings.reader import Loaded
from .sources import Sources
from .turns import turns_of
from .workers import Budget, Workers

if TYPE_CHECKING:
    from .blocklist import BlockList
    from .isolation.spawn import Template
    from .uploads import Uploads

A = TypeVar("A")
B = TypeVar("B")

IO_THREADS = 16
WAITING_PER_WORKER = 256
MEMORY_PER_WORKER = 256 << 20
log = logging.getLogger(__name__)


class Service:
    """The server without a socket: Tornado, Lambda and tests hand it requests."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        metrics: Metrics,
        *,
        reporter: ErrorReporter | None = None,
        uploads: Uploads | None = None,
        block_list: BlockList | None = None,
        gate: Gate | None = None,
        purger: Purger | None = None,
        start: Callable[[], None] | None = None,
        release: Callable[[], None] | None = None,
        closing: tuple[object, ...] = (),
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.uploads = uploads
        self.block_list = block_list
        self._pipeline = pipeline
        self.stored = pipeline.stored
        self._reporter = reporter
        self._gate = gate
        self._purger = purger
        self._start = start
        self._release = release
        self._closing = tuple(each for each in closing if isinstance(each, Closes))
        self._draining = False
        self.leaving = False
        """Whether the server will soon shut down: the health check says so, all else goes on."""

    @property
    def draining(self) -> bool:
        """Whether the server has begun to shut down."""
        return self._draining

    def start(self) -> None:
        """Get ready ahead of the first request; needs a running event loop."""
        if self._start:
            self._start()

    async def handle(self, request: Request) -> Response:
        """The answer to a request for a picture; never raises but for cancellation."""
        started = time.perf_counter()
        self.metrics.incr("response.count")
        response = await self._answer(request)
        self._measure(response.status, (time.perf_counter() - started) * 1000)
        return response

    def at_once(self, request: Request) -> Response | None:
        """The answer, if nothing has to be waited for; None sends the caller to `handle`."""
        if self._draining:
            return None
        started = time.perf_counter()
        response = self._pipeline.at_once(request)
        if response:
            self.metrics.incr("response.count")
            self._measure(response.status, (time.perf_counter() - started) * 1000)
        return response

    def signs(self, signature: str, text: str) -> bool:
        """Whether `signature` is that of a text by the security key."""
        return bool(self._gate and self._gate.signs(signature, text))

    async def purge(self, source: str) -> Purged:
        """Forget a source and what was made of it. Raises `StorageError`."""
        if self._purger is None:
            raise CannotPurge("nothing is stored here")
        return await self._purger.purge(source)

    async def drain(self, seconds: float) -> None:
        """Take no new work, let open work end for at most `seconds`, close what plugins hold."""
        self._draining = True
        try:
            await asyncio.wait_for(self._pipeline.landed(), seconds or None)
        except asyncio.TimeoutError:
            log.warning("shutting down with work still open after %s s", seconds)
        for each in self._closing:
            await each.close()
        if self._release:
            self._release()

    async def _answer(self, request: Request) -> Response:
        try:
            if self._draining:
                raise ShuttingDown("the server is shutting down, try again")
            return await self._pipeline.answer(request)
        except ThumborlikeError as error:
            if isinstance(error, ServerError) or error.__cause__:
                log.info("%s: %s (%r)", without_secrets(request.path), error, error.__cause__)
            return self._refuse(error, request)
        except Exception as error:
            log.exception("unexpected error at %s", without_secrets(request.path))
            self.report(error, request)
            return self._refuse(error, request)

    def _refuse(self, error: BaseException, request: Request) -> Response:
        return error_response(error, request, quirks=self.settings.imaging.thumbor_quirks)

    def report(self, error: BaseException, request: Request) -> None:
        """Tell the configured error handler of an error that nobody expected."""
        if self._reporter:
            path, headers = without_secrets(request.path), dict(request.headers)
            self._reporter.report(
                error, {"method": request.method, "path": path, "headers": headers}
            )

    def _measure(self, status: int, milliseconds: float) -> None:
        self.metrics.timing("response.time", milliseconds)
        self.metrics.timing(f"response.time.{status}", milliseconds)
        self.metrics.incr(f"response.status.{status}")


def build(
    loaded: Loaded, clock: Callable[[], float] = time.time, *, template: Template | None = None
) -> Service:
    """The service that a configuration describes. Raises `ConfigurationError`.

    With a `template`, pictures are worked on in processes that are forked from it.
    """
    settings, stored = loaded.settings, loaded.settings.storage
    executor = ThreadPoolExecutor(IO_THREADS, thread_name_prefix="io")
    env = PluginEnvironment.of(loaded, executor)
    metrics = resolve_metrics(settings.extensions.metrics, env)
    env = env.with_metrics(metrics)
    loader, kept = env.loader(stored.loader), env.storage(stored.storage)
    kept_results = _optional(env.storage, stored.result_storage)
    optimizers = resolve_optimizers(settings.extensions.optimizers, env)
    staff = staff_of(settings, optimizers, metrics, template)
    workers = _workers(settings, staff)
    tolerant = partial(TolerantStorage, timeout=stored.storage_timeout_seconds, metrics=metrics)
    tolerant_kept = tolerant(kept)  # one, so that an outage is told once
    block_list = _block_list(kept) if settings.security.use_blacklist else None
    signer = resolve_signer(settings.security.url_signer, env)
    gate = Gate(settings.security, signer, tolerant_kept, loader, block_list)
    sources = Sources(
        loader,
        tolerant_kept,
        metrics,
        clock,
        expires_after=stored.storage_expiration_seconds,
        max_size=settings.limits.max_source_size,
        id_length=settings.security.max_id_length,
        cache_bytes=stored.source_cache_bytes,
        recheck=stored.source_cache_seconds,
        failure_seconds=stored.source_failure_seconds,
        stale_for=stored.stale_if_error_seconds,
    )
    results = Results(
        _optional(tolerant, kept_results),
        stored.result_storage_expiration_seconds,
        metrics,
        clock,
        cache_bytes=stored.result_cache_bytes,
        recheck=stored.result_cache_seconds,
        turns=turns_of(stored, kept_results, metrics),
        stale_for=stored.stale_if_error_seconds,
        renewed_for=stored.stale_while_revalidate_seconds,
    )
    pipeline = Pipeline(
        settings,
        resolve_filters(settings.extensions.filters),
        gate=gate,
        sources=sources,
        results=results,
        maker=_maker(settings, staff, workers, metrics),
        clock=clock,
    )
    return Service(
        settings,
        pipeline,
        metrics,
        reporter=_reporter(settings, env),
        uploads=_uploads(settings, env, workers) if settings.upload.upload_enabled else None,
        block_list=block_list,
        gate=gate,
        purger=Purger(
            (kept, *((kept_results,) if kept_results else ())),
            (sources.forget_in_memory, results.forget),
            metrics,
        ),
        start=staff.start,
        release=partial(_release, staff, workers, executor),
        closing=tuple(dict.fromkeys((loader, kept, kept_results, metrics))),
    )


def _optional(make: Callable[[A], B], value: A | None) -> B | None:
    return make(value) if value else None


def _maker(settings: Settings, staff: Staff, workers: Workers, metrics: Metrics) -> Maker:
    seconds = settings.limits.decoded_cache_seconds
    shares = bool(settings.limits.decoded_cache_bytes and seconds)
    sweeper = Sweeper(staff.sweep, seconds) if shares and staff.sweep else None
    return Maker(workers, metrics, shares=shares, sweeper=sweeper)


def _workers(settings: Settings, staff: Staff) -> Workers:
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
    )


def _reporter(settings: Settings, env: PluginEnvironment) -> ErrorReporter | None:
    if not settings.extensions.use_custom_error_handling:
        return None
    return resolve_error_reporter(settings.extensions.error_handler_module, env)


def _block_list(storage: Storage) -> BlockList:
    from .blocklist import BlockList  # noqa: PLC0415  (only if it is in use)

    return BlockList(storage)


def _uploads(settings: Settings, env: PluginEnvironment, workers: Workers) -> Uploads:
    from .uploads import Uploads  # noqa: PLC0415  (only if they are switched on)

    async def probe(body: bytes) -> tuple[int, int]:
        size: tuple[int, int] = await workers.run(measure, Source("", body), settings.imaging)
        return size

    storage = env.storage(settings.upload.upload_photo_storage or settings.storage.storage)
    return Uploads(settings.upload, storage, probe, settings.limits.max_source_size)


def _release(staff: Staff, workers: Workers, executor: ThreadPoolExecutor) -> None:
    workers.close()
    staff.forget()
    executor.shutdown(wait=False, cancel_futures=True)
