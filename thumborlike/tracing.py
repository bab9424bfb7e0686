"""Requests as traces of OpenTelemetry (`pip install thumborlike[otel]`), by OPEN_TELEMETRY.

Spans are made when the answer is there, of the times that are taken anyway: nothing on the way of a
request knows of them. Nothing of OpenTelemetry is imported here but by `traces_of`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError
from .http.message import Request, Response
from .logs import without_secrets
from .request_ids import current_id
from .stages import FETCH, IN_WORKER, QUEUE, STORED, WORK

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

FAILURE = 500
LAST_WORDS = 2.0
NAME = "thumborlike"
Part = tuple[str, float, float]
"""A stage: when it began and ended, in seconds before the answer (0: with it)."""


class Traces:
    """Tells a tracer of each answer: a span for the request, and one in it for each stage.

    `owned` is the provider to be shut down at the end; None if it is somebody else's.
    """

    def __init__(self, tracer: Tracer, owned: TracerProvider | None = None) -> None:
        from opentelemetry import propagate, trace  # noqa: PLC0415  (an extra)

        self._tracer = tracer
        self._owned = owned
        self._extract = propagate.extract
        self._within = trace.set_span_in_context
        self._server = trace.SpanKind.SERVER
        self._failed = trace.Status(trace.StatusCode.ERROR)

    def tell(self, request: Request, response: Response, begun: float) -> None:
        """A request was answered just now; `begun` by `time.perf_counter`."""
        end = time.time_ns()
        start = end - _nanoseconds(time.perf_counter() - begun)
        span: Any = self._tracer.start_span(
            f"{request.method} picture",
            self._extract(request.headers),
            kind=self._server,
            attributes={"http.request.method": request.method},
            start_time=start,
        )
        if span.is_recording():
            span.set_attributes(_attributes(request, response))
            if response.status >= FAILURE:
                span.set_status(self._failed)
            self._tell_stages(self._within(span), response, start, end)
        span.end(end)

    async def close(self) -> None:
        """Send what is not sent yet, in `LAST_WORDS` seconds: nobody may be there to take it."""
        if self._owned is None:
            return
        loop, sent, shutdown = asyncio.get_running_loop(), asyncio.Event(), self._owned.shutdown

        def send() -> None:
            shutdown()
            with contextlib.suppress(RuntimeError):  # the loop did not wait so long
                loop.call_soon_threadsafe(sent.set)

        threading.Thread(target=send, name="last traces", daemon=True).start()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(sent.wait(), LAST_WORDS)

    def _tell_stages(self, within: Any, response: Response, start: int, end: int) -> None:
        stages = response.picture.stages if response.picture else ()
        for name, first, last in parts_of(dict(stages)):
            begun = max(start, end - _nanoseconds(first))  # others may have begun it before
            span = self._tracer.start_span(name, within, start_time=begun)
            span.end(max(begun, end - _nanoseconds(last)))


def parts_of(milliseconds: dict[str, float]) -> Iterator[Part]:
    """When each stage was, by how long it took: the answer follows the last one at once.

    What a worker does ends with `work`; what is missing there went into handing it over.
    """
    took = {name: each / 1000 for name, each in milliseconds.items()}
    work = took.get(WORK, 0.0)
    if STORED in took:
        yield STORED, took[STORED], 0.0
    if FETCH in took:
        yield FETCH, took[FETCH] + work, work
    if WORK in took:
        yield WORK, work, 0.0
        yield QUEUE, work, work - took.get(QUEUE, 0.0)
    left = sum(took.get(name, 0.0) for name in IN_WORKER)
    for name in IN_WORKER:
        if name in took:
            yield name, left, left - took[name]
            left -= took[name]


def traces_of() -> Traces:
    """What OPEN_TELEMETRY asks for. Raises `ConfigurationError` without its packages.

    A provider that is there already (`opentelemetry-instrument`) is used as it is; else spans go
    where OTEL_EXPORTER_OTLP_ENDPOINT says, over HTTP.
    """
    try:
        from opentelemetry import trace  # noqa: PLC0415  (an extra)
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

        given = trace.get_tracer_provider()
        if isinstance(given, TracerProvider):
            return Traces(given.get_tracer(NAME))
        made = _provider()
    except ImportError as error:
        raise ConfigurationError("OPEN_TELEMETRY needs `pip install thumborlike[otel]`") from error
    return Traces(made.get_tracer(NAME), made)


def _provider() -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    resource = Resource.create({} if named else {"service.name": NAME})
    made = TracerProvider(resource=resource, shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def _attributes(request: Request, response: Response) -> dict[str, str | int | bool]:
    """By OpenTelemetry's names where it has some."""
    picture = response.picture
    return {
        "url.path": without_secrets(request.path),
        "http.response.status_code": response.status,
        "http.response.body.size": len(response.body),
        **({"error.type": str(response.status)} if response.status >= FAILURE else {}),
        **({"client.address": request.client} if request.client else {}),
        **({"thumborlike.request_id": number} if (number := current_id()) else {}),
        **(
            {"thumborlike.media_type": picture.media_type, "thumborlike.smart": picture.smart}
            if picture
            else {}
        ),
    }


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
