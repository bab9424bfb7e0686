"""How the server would answer for a URL, and why: parts, plan, format, cache key, limits, times.

Whoever may have the picture may have this, no matter what is stored: the source is fetched like
for the picture, and the picture is made, then only described.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from .bench import explain_result
from .cost import cost_of
from .detecting import Detections
from .errors import (
    BadFilterArgument,
    SourceNotFound,
    SourceRefused,
    ThumborlikeError,
    UnsafeNotAllowed,
    UrlTooLong,
)
from .filter_calls import name_of
from .filtering import BoundFilter, Filter, calls_of
from .gate import Gate
from .http.message import Request
from .http.respond import refuse_expired
from .http.status import status_of
from .http.tags import tag_of
from .interfaces import Source, SourceRequest
from .job import Job, Result
from .prepare import prepare
from .results import Results
from .settings import Settings
from .sources import Fetched, Sources
from .url.explain import explain
from .url.grammar import parse
from .url.values import ImageRequest
from .workers import Workers

Told = dict[str, Any]


class Explainer:
    """Explains URLs. `unsigned`: those that are `unsafe`, too, where the gate lets them pass."""

    def __init__(
        self,
        settings: Settings,
        filters: Mapping[str, Filter[Any, Any]],
        *,
        gate: Gate,
        sources: Sources,
        results: Results,
        detections: Detections,
        workers: Workers,
        unsigned: bool = False,
    ) -> None:
        self._settings = settings
        self._filters = filters
        self._gate = gate
        self._sources = sources
        self._results = results
        self._detections = detections
        self._workers = workers
        self._unsigned = unsigned

    async def explain(self, request: Request) -> Told:
        """The explanation of `request.path`, that of a picture.

        Raises a `RequestError` where the picture would be refused before anything is loaded. What
        goes wrong later is in it, as `error`.
        """
        times = _Times()
        if 0 < self._settings.limits.max_url_length < len(request.path):
            raise UrlTooLong("the URL is too long")
        image = parse(request.path)
        times.lap("parse")
        if image.unsafe and not self._unsigned:
            raise UnsafeNotAllowed("only signed addresses are explained here")
        await self._gate.authorise(image)
        times.lap("authorise")
        job = prepare(image, request.headers, self._settings, self._filters)
        await self._gate.admit(job)
        refuse_expired(job, time.time())
        times.lap("prepare")
        told: Told = {
            "path": request.path,
            "parts": [_fields(each, "name", "value", "meaning") for each in explain(request.path)],
            "filters": self._calls(image),
            "cache": await self._cache(job),
        }
        times.lap("look up")
        try:
            told |= await self._made(job, request, times)
        except ThumborlikeError as error:
            told["error"] = {"kind": type(error).__name__, "reason": str(error)}
        if "error" in told:
            told["error"]["status"] = self._status(told["error"]["kind"])
        told["limits"] = _limits(self._settings, image, job, told)
        stages = told.pop("stages", {})
        return {**told, "milliseconds": {**times.taken, **stages}}

    async def _made(self, job: Job, request: Request, times: _Times) -> Told:
        wanted = SourceRequest(job.source.name, request.headers)
        works = (self._sources.fetch(wanted), *map(self._overlay, job.overlays))
        source, *others = await asyncio.gather(*works)
        times.lap("fetch")
        overlays: dict[str, Source] = {each.source.name: each.source for each in others}
        job, _ = await self._detections.prepared(job, source.source)
        given = (source.source, overlays, job)
        cost = cost_of(source.source.body, job)
        result: Result = await self._workers.run(explain_result, *given, cost=cost)
        times.lap("work")
        told: Told = json.loads(result.body)
        told["source"] = {**_origin(source), **told.get("source", {})}
        if "format" in told:
            told["format"]["accepted"] = list(job.negotiated.formats)
        return told

    async def _overlay(self, wanted: SourceRequest) -> Fetched:
        """A picture that a filter asks for: a missing one is told as for the picture itself."""
        try:
            return await self._sources.fetch(wanted)
        except (SourceNotFound, SourceRefused) as error:
            raise BadFilterArgument("a picture that a filter names does not exist") from error

    def _calls(self, image: ImageRequest) -> list[Told]:
        """Each call of the URL, with its arguments, or why it is left out."""
        quirks = self._settings.imaging.thumbor_quirks
        calls = calls_of(image.filters, self._filters, quirks=quirks) if image.filters else []
        return [self._call(each, quirks=quirks) for each in calls]

    def _call(self, call: str, *, quirks: bool) -> Told:
        found = self._filters.get(name_of(call))
        if found is None or (quirks and found.ours):
            return {"call": call, "ignored": "no filter of this name is switched on"}
        arguments = found.parse(call)
        if arguments is None:
            return {"call": call, "ignored": "the arguments do not fit"}
        bound = BoundFilter(found, arguments)
        values = {name: str(value) for name, value in bound.arguments}
        return {"call": call, "runs": found.phase, "arguments": values}

    async def _cache(self, job: Job) -> Told:
        kept = await self._results.find(job)
        return {
            "key": job.result_key.name,
            "variant": job.result_key.variant,
            "made_of": list(job.result_key.made_of),
            "tags": [tag_of(each) for each in job.result_key.made_of],
            "may_be_kept": job.keep,
            "stored": None if kept is None else {"bytes": len(kept.body), "stale": kept.stale},
            "varies_by_accept": job.negotiated.vary,
        }

    def _status(self, kind: str) -> int:
        quirks = self._settings.imaging.thumbor_quirks
        return status_of(_KINDS.get(kind, ThumborlikeError)(""), quirks=quirks)


class _Times:
    """Milliseconds of each stage so far."""

    def __init__(self) -> None:
        self._since = perf_counter()
        self.taken: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.taken[stage] = round((now - self._since) * 1000, 3)
        self._since = now


def _kinds(base: type[ThumborlikeError]) -> dict[str, type[ThumborlikeError]]:
    found = {base.__name__: base}
    for each in base.__subclasses__():
        found |= _kinds(each)
    return found


_KINDS = _kinds(ThumborlikeError)


def _fields(value: object, *names: str) -> Told:
    return {name: getattr(value, name) for name in names}


def _origin(fetched: Fetched) -> Told:
    return {
        "name": fetched.source.name,
        "bytes": len(fetched.source.body),
        "from": "loader" if fetched.loaded else "storage",
        "stale": fetched.stale,
    }


def _limits(settings: Settings, image: ImageRequest, job: Job, told: Told) -> list[Told]:
    """Each limit that is on, with what this picture takes of it; `used` None if not known."""
    source, size = told.get("source", {}), told.get("plan", {}).get("size", {})
    limits, imaging = settings.limits, settings.imaging
    pairs = (
        ("MAX_URL_LENGTH", limits.max_url_length, len(image.path)),
        ("MAX_FILTERS", limits.max_filters, len(told["filters"])),
        ("MAX_OVERLAYS", limits.max_overlays, len(job.overlays)),
        ("MAX_SOURCE_SIZE", limits.max_source_size, source.get("bytes")),
        ("MAX_PIXELS", imaging.max_pixels, _area(source)),
        ("MAX_WIDTH", imaging.max_width, size.get("width")),
        ("MAX_HEIGHT", imaging.max_height, size.get("height")),
        ("MAX_OUTPUT_PIXELS", imaging.max_output_pixels, _area(size)),
    )
    return [{"key": key, "allowed": most, "used": used} for key, most, used in pairs if most]


def _area(sides: Told) -> int | None:
    return sides["width"] * sides["height"] if "width" in sides else None
