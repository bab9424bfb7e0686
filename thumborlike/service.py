"""The one place where everything is put together: `build`, and what it gives, `Service`."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .blocklist import BlockList
from .errors import ProcessingTimeout, ServerError, ShuttingDown, ThumborlikeError
from .gate import Gate
from .http.message import Request, Response
from .http.status import error_response
from .interfaces import Closes, ErrorReporter, Loader, Metrics, Storage
from .keeping import TolerantStorage
from .pipeline import Pipeline
from .results import Results
from .settings import Settings
from .settings.reader import Loaded
from .sources import Sources
from .uploads import Uploads
from .workers import Workers

IO_THREADS = 16
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
        release: Callable[[], None] | None = None,
        closing: tuple[object, ...] = (),
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.uploads = uploads
        self.block_list = block_list
        self._pipeline = pipeline
        self._reporter = reporter
        self._release = release
        self._closing = tuple(each for each in closing if isinstance(each, Closes))
        self._deadline = settings.limits.request_timeout_seconds or None
        self._draining = False

    @property
    def draining(self) -> bool:
        """Whether the server has begun to shut down."""
        return self._draining

    async def handle(self, request: Request) -> Response:
        """The answer to a request for a picture; never raises but for cancellation."""
        started = time.perf_counter()
        self.metrics.incr("response.count")
        response = await self._answer(request)
        self._measure(response.status, (time.perf_counter() - started) * 1000)
        return response

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
            return await asyncio.wait_for(self._pipeline.answer(request), self._deadline)
        except asyncio.TimeoutError:
            return error_response(ProcessingTimeout("the request took too long"), request)
        except ThumborlikeError as error:
            if isinstance(error, ServerError) or error.__cause__:
                log.info("%s: %s (%r)", request.path, error, error.__cause__)
            return error_response(error, request)
        except Exception as error:
            log.exception("unexpected error at %s", request.path)
            self._report(error, request)
            return error_response(error, request)

    def _report(self, error: Exception, request: Request) -> None:
        if self._reporter:
            self._reporter.report(
                error,
                {"method": request.method, "path": request.path, "headers": dict(request.headers)},
            )

    def _measure(self, status: int, milliseconds: float) -> None:
        self.metrics.timing("response.time", milliseconds)
        self.metrics.timing(f"response.time.{status}", milliseconds)
        self.metrics.incr(f"response.status.{status}")
