"""The one place where everything is put together: `build`, and what it gives, `Service`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .assembly import (
    block_list_of,
    detectors_of,
    explainer_of,
    let_go,
    maker_of,
    readiness_of,
    reporter_of,
    traces_of,
    uploads_of,
    workers_of,
)
from .causes import why
from .crews import staff_of
from .detecting import Detections
from .errors import CannotPurge, Overloaded, ServerError, ShuttingDown, ThumborlikeError
from .gate import Gate
from .http.message import Request, Response
from .http.status import error_response
from .interfaces import Closes, Detector, ErrorReporter, Metrics, Purges
from .keeping import TolerantStorage
from .logs import without_secrets
from .measuring import Answers
from .pipeline import Pipeline
from .plugins import (
    PluginEnvironment,
    resolve_filters,
    resolve_metrics,
    resolve_optimizers,
    resolve_signer,
)
from .purging import Purged, Purger
from .readiness import Readiness
from .request_ids import current_id
from .results import Results
from .settings import Settings
from .settings.reader import Loaded
from .sources import Sources
from .turns import turns_of

if TYPE_CHECKING:
    from .blocklist import BlockList
    from .explaining import Explainer
    from .isolation.spawn import Template
    from .tracing import Traces
    from .uploads import Uploads

A = TypeVar("A")
B = TypeVar("B")

IO_THREADS = 16
FAILURE = 500
"""Statuses from here on are no fault of the client."""

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
        explainer: Explainer | None = None,
        readiness: Readiness | None = None,
        traces: Traces | None = None,
        start: Callable[[], None] | None = None,
        release: Callable[[], None] | None = None,
        closing: tuple[object, ...] = (),
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.uploads = uploads
        self.block_list = block_list
        self.explainer = explainer
        self.readiness = readiness or Readiness(lambda: True, {}, 0)
        self._answers = Answers(metrics, traces)
        self._pipeline = pipeline
        self.stored = pipeline.stored
        self._reporter = reporter
        self._gate = gate
        self._purger = purger
        self._start = start
        self._release = release
        closing = (*closing, traces, reporter)
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
        begun = self._answers.begin()
        response = await self._answer(request)
        self._answers.end(request, response, begun)
        return response

    def at_once(self, request: Request) -> Response | None:
        """The answer, if nothing has to be waited for; None sends the caller to `handle`."""
        if self._draining:
            return None
        begun = time.perf_counter()
        response = self._pipeline.at_once(request)
        if response:
            self._answers.at_once(request, response, begun)
        return response

    def sign(self, text: str) -> str | None:
        """The signature of a text by the security key; None if there is no key."""
        return self._gate.sign(text) if self._gate else None

    def signs(self, signature: str, text: str) -> bool:
        """Whether `signature` is that of a text by the security key."""
        return bool(self._gate and self._gate.signs(signature, text))

    async def purge(self, source: str) -> Purged:
        """Forget a source and what was made of it. Raises `StorageError`."""
        if self._purger is None:
            raise CannotPurge("nothing is stored here")
        return await self._purger.purge(source)

    async def original(self, name: str) -> bytes:
        """The bytes of a source, by its quoted name. Raises `ThumborlikeError`s."""
        return await self._pipeline.original(name)

    async def landed(self) -> None:
        """Wait until what was made is stored, too: for processes that stop between requests."""
        await self._pipeline.landed()

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
            refusal = self._refuse(error, request)
            _log_failure(error, request, refusal.status)
            return refusal
        except Exception as error:
            log.exception("unexpected error at %s", without_secrets(request.path))
            self.report(error, request)
            return self._refuse(error, request)

    def _refuse(self, error: BaseException, request: Request) -> Response:
        quirks = self.settings.imaging.thumbor_quirks
        if self.settings.pages.error_pages:
            from .http.error_page import error_page, wants_page  # noqa: PLC0415

            if wants_page(request):
                return error_page(error, request, quirks=quirks)
        return error_response(error, request, quirks=quirks)

    def report(self, error: BaseException, request: Request) -> None:
        """Tell the configured error handler of an error that nobody expected."""
        if self._reporter:
            path, headers = without_secrets(request.path), dict(request.headers)
            self._reporter.report(
                error,
                {"id": current_id(), "method": request.method, "path": path, "headers": headers},
            )


def _log_failure(error: ThumborlikeError, request: Request, status: int) -> None:
    """What the client is not told. Failures of ours and of origins are warned of, load is not."""
    cause = why(error)
    expected = status < FAILURE or (isinstance(error, Overloaded | ShuttingDown) and not cause)
    if cause or isinstance(error, ServerError):
        level = logging.INFO if expected else logging.WARNING
        path = without_secrets(request.path)
        log.log(level, "%s: %s%s", path, error, f" ({cause})" if cause else "")


def build(
    loaded: Loaded,
    clock: Callable[[], float] = time.time,
    *,
    template: Template | None = None,
    purged: Iterable[Purges] = (),
) -> Service:
    """The service that a configuration describes. Raises `ConfigurationError`.

    With a `template`, pictures are worked on in processes that are forked from it. `purged`: what
    purges go through besides storages.
    """
    settings, stored = loaded.settings, loaded.settings.storage
    executor = ThreadPoolExecutor(IO_THREADS, thread_name_prefix="io")
    env = PluginEnvironment.of(loaded, executor)
    metrics = resolve_metrics(settings.extensions.metrics, env)
    env = env.with_metrics(metrics)
    loader, kept = env.loader(stored.loader), env.storage(stored.storage)
    kept_results = _optional(env.storage, stored.result_storage)
    optimizers = resolve_optimizers(settings.extensions.optimizers, env)
    detectors = detectors_of(settings, env)
    local = tuple((name, each) for name, each in detectors.items() if isinstance(each, Detector))
    staff = staff_of(settings, optimizers, metrics, template, local)
    workers = workers_of(settings, staff, metrics)
    tolerant = partial(TolerantStorage, timeout=stored.storage_timeout_seconds, metrics=metrics)
    tolerant_kept = tolerant(kept)  # one, so that an outage is told once
    block_list = block_list_of(kept) if settings.security.use_blacklist else None
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
        maker=maker_of(settings, staff, workers, metrics),
        detections=(detections := Detections(detectors, tolerant_kept, workers, settings, clock)),
        clock=clock,
    )
    forget = (sources.forget_in_memory, results.forget, detections.forget, pipeline.recall)
    return Service(
        settings,
        pipeline,
        metrics,
        reporter=reporter_of(settings, env),
        uploads=uploads_of(settings, env, workers) if settings.upload.upload_enabled else None,
        block_list=block_list,
        gate=gate,
        purger=Purger((kept, *((kept_results,) if kept_results else ()), *purged), forget, metrics),
        explainer=explainer_of(
            settings, gate, sources, results, detections=detections, workers=workers
        ),
        readiness=readiness_of(settings, staff, kept, kept_results),
        traces=traces_of(settings),
        start=staff.start,
        release=partial(let_go, staff, workers, executor),
        closing=tuple(dict.fromkeys((loader, kept, kept_results, metrics, *detectors.values()))),
    )


def _optional(make: Callable[[A], B], value: A | None) -> B | None:
    return make(value) if value else None
