"""From a request to its answer: the whole way on one page."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .admission import Admission
from .clients import Clients
from .coalesce import Give, SingleFlight
from .detecting import Detections
from .errors import (
    BadFilterArgument,
    BrokenImage,
    NotAnImage,
    ProcessingTimeout,
    ServerError,
    SourceFailed,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    ThumborlikeError,
)
from .filtering import Filter
from .gate import Gate
from .http.message import Request, Response
from .http.respond import carried, refuse_expired, respond
from .interfaces import Key, SourceRequest
from .job import Job, Layout, Result
from .making import Maker
from .overlays import Overlays
from .recalls import Recalls, Watch
from .records import replace
from .results import Results
from .settings import Settings
from .sources import Fetched, Sources
from .stages import FETCH, STORED, with_stages

STALE_FOR = (SourceFailed, SourceTimeout, ServerError)
"""Failures in whose place an expired result is served."""

log = logging.getLogger(__name__)


class Pipeline:
    """Answers requests for pictures. Raises `ThumborlikeError`s."""

    def __init__(
        self,
        settings: Settings,
        filters: Mapping[str, Filter[Any, Any]],
        *,
        gate: Gate,
        sources: Sources,
        results: Results,
        maker: Maker,
        detections: Detections,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._admission = Admission(settings, filters, gate)
        self._sources = sources
        self._results = results
        self._maker = maker
        self._detections = detections
        self._clock = clock
        self._patience = settings.limits.request_timeout_seconds or None
        self._in_flight: SingleFlight[Key, Result] = SingleFlight()
        self._recalls = Recalls()
        self._overlays = Overlays(
            sources.fetch,
            max_bytes=settings.storage.overlay_cache_bytes,
            seconds=settings.storage.overlay_cache_seconds,
        )
        self._asked: dict[str, list[Layout]] = {}
        self._clients = Clients(settings.limits.max_requests_per_client)

    def at_once(self, request: Request) -> Response | None:
        """The answer to a request that was admitted before and whose result is in memory."""
        job = self._admission.known(request)
        hot = self._results.at_once(job) if job and not job.meta else None
        if job is None or hot is None:
            return None
        return respond(request, job, hot, self._settings.http, self._clock())

    async def answer(self, request: Request) -> Response:
        """The picture that the URL describes."""
        job = await self._admission.job(request)
        refuse_expired(job, self._clock())
        if hot := self._results.at_once(job):
            return respond(request, job, hot, self._settings.http, self._clock())
        work = partial(self._produce, job, request)
        try:
            with self._clients.asking(request.client):
                result = await self._in_flight.run(job.result_key, work, self._patience)
        except TimeoutError as error:
            raise ProcessingTimeout("the request took too long") from error
        return respond(request, job, result, self._settings.http, self._clock())

    async def stored(self, request: Request) -> int | None:
        """How many bytes the stored result has; None if there is none, or an expired one.

        What is being made or stored right now is waited for. Raises what refuses the request.
        """
        job = await self._admission.job(request)
        await self._in_flight.landing(job.result_key)
        found = await self._results.find(job)
        return len(found.body) if found and not found.stale else None

    def recall(self, source: str) -> None:
        """A source is purged: what is being made of it is neither kept nor given to who asks now.

        Those who asked before it was purged get what they asked for.
        """
        self._recalls.recall(source)
        self._overlays.forget(source)
        self._in_flight.let_go(lambda key: source in key.made_of)

    async def original(self, name: str) -> bytes:
        """The bytes of a source. Whoever asks has authorised that."""
        await self._gate.admit_source(name)
        fetched = await self._sources.fetch(SourceRequest(name))
        return fetched.source.body

    async def landed(self) -> None:
        """Wait for the work that is open now, storing included."""
        await self._in_flight.landed()

    async def _produce(self, job: Job, request: Request, give: Give[Result]) -> None:
        begun = time.perf_counter()
        kept = await self._results.find(job, partial(self._told, job))
        if kept:
            kept = with_stages(kept, (STORED, time.perf_counter() - begun))
            give(kept)
            if not kept.stale:
                return
        try:
            await self._produce_anew(job, request, give)
        except ThumborlikeError as error:
            if kept is None and isinstance(error, STALE_FOR):
                kept = await self._results.expired(job)
            if kept is None:
                raise
            log.info("an expired picture is served: %s", error)
            give(kept)

    def _told(self, job: Job, result: Result) -> Mapping[str, str]:
        """What a storage is to say with a result that the client fetches there."""
        return carried(job, result, self._settings.http, self._clock())

    async def _produce_anew(self, job: Job, request: Request, give: Give[Result]) -> None:
        with self._recalls.watch() as watch:
            async with self._results.turn(job) as waited:
                await self._produce_in_turn(job, request, give, watch, waited=waited)

    async def _produce_in_turn(
        self, job: Job, request: Request, give: Give[Result], watch: Watch, *, waited: bool
    ) -> None:
        kept = await self._results.find(job, partial(self._told, job)) if waited else None
        if kept and not kept.stale:
            give(kept)
            return
        fetched, result = await self._announced(job, request)
        give(result)  # all who wait answer now; the flight stays open for late ones
        for each in fetched:
            await self._keep(each, watch)
        if result.found is not None and not watch.has_any((job.source.name,)):
            await self._detections.keep(job.source.name, result.found)
        await self._keep_result(job, result, watch)

    async def _announced(self, job: Job, request: Request) -> tuple[list[Fetched], Result]:
        """Fetch and render; others that render the same source meanwhile know of it."""
        asked = self._asked.setdefault(job.source.name, [])
        asked.append(job.layout)
        try:
            return await self._make(job, request)
        finally:
            asked.remove(job.layout)
            if not asked:
                del self._asked[job.source.name]

    async def _make(self, job: Job, request: Request) -> tuple[list[Fetched], Result]:
        """Fetch and render. A stored source that proves damaged is fetched anew, once."""
        wanted = SourceRequest(job.source.name, request.headers)
        begun = time.perf_counter()
        source, *overlays = await self._fetched(wanted, job)
        fetch = time.perf_counter() - begun
        try:
            result = await self._render(source, overlays, job, request.client)
            result = with_stages(result, (FETCH, fetch))
            if any(each.stale for each in (source, *overlays)):
                result = replace(result, stale=True)
            return [source, *overlays], result
        except (NotAnImage, BrokenImage):
            if source.loaded:
                raise
        await self._sources.forget(job.source.name)
        source = await self._sources.reload(wanted)
        return [source, *overlays], await self._render(source, overlays, job, request.client)

    async def _fetched(self, wanted: SourceRequest, job: Job) -> list[Fetched]:
        """The source and the overlays, at the same time; one alone needs no task of its own."""
        at_hand = [known for each in job.overlays if (known := self._overlays.at_hand(each.name))]
        if len(at_hand) == len(job.overlays):
            return [await self._sources.fetch(wanted), *at_hand]
        works = (self._sources.fetch(wanted), *map(self._overlay, job.overlays))
        tasks = [asyncio.ensure_future(each) for each in works]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for each in tasks:  # the others, if one has failed
                each.cancel()

    async def _overlay(self, wanted: SourceRequest) -> Fetched:
        """A picture that a filter asks for. Thumbor 7.8: a missing one is a bad request."""
        try:
            return await self._overlays.fetch(wanted)
        except (SourceNotFound, SourceRefused) as error:
            raise BadFilterArgument("a picture that a filter names does not exist") from error

    async def _render(
        self, source: Fetched, overlays: list[Fetched], job: Job, client: str
    ) -> Result:
        extras = {each.source.name: each.source for each in overlays}
        waiting = self._asked[job.source.name]
        job, queued = await self._detections.prepared(job, source.source)
        made = await self._maker.make(source.source, extras, job, waiting, client)
        if queued:
            return replace(made, temporary=True)
        return self._detections.noted(job, source.source, made)

    async def _keep(self, fetched: Fetched, watch: Watch) -> None:
        name = (fetched.source.name,)
        if not fetched.loaded or watch.has_any(name):
            return
        await self._sources.keep(fetched)
        if watch.has_any(name):  # purged while it was written
            await self._sources.forget(*name)
        await self._gate.remember(fetched.source.name)

    async def _keep_result(self, job: Job, result: Result, watch: Watch) -> None:
        if watch.has_any(job.result_key.made_of):
            return
        await self._results.keep(job, result)
        if watch.has_any(job.result_key.made_of):
            await self._results.drop(job)
