"""How results are made: by the workers, of pixels that are shared for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from .bench import make_result
from .cost import cost_of
from .interfaces import Metrics, Source
from .job import Job, Layout, Result
from .measuring import listened_by
from .queueing import Share
from .stages import QUEUE, WORK, with_stages
from .workers import Workers


class Maker:
    """Makes results. `shares`: decoded pictures are kept and used again, which is counted."""

    def __init__(
        self,
        workers: Workers,
        metrics: Metrics,
        *,
        shares: bool = False,
        sweeper: Sweeper | None = None,
    ) -> None:
        self._workers = workers
        self._metrics = metrics
        self._listened = listened_by(metrics)
        self._shares = shares
        self._sweeper = sweeper

    async def make(
        self,
        source: Source,
        overlays: Mapping[str, Source],
        job: Job,
        waiting: Sequence[Layout],
        client: str = "",
    ) -> Result:
        """The result of a job, its ETag with it. Raises what `render` and `Workers.run` raise.

        `waiting`: layouts that are asked of the same source, looked at once a worker is free.
        `client`: the address of who asked first.
        """
        self._metrics.incr("picture.rendered")
        share = Share(host_of(job.source.name), client)
        cost = cost_of(source.body, job, share)
        given = (source, overlays, job, waiting)
        begun = started = time.perf_counter()

        def start() -> None:
            nonlocal started
            started = time.perf_counter()

        try:
            result: Result = await self._workers.run(make_result, *given, cost=cost, on_start=start)
        finally:
            if self._sweeper:
                self._sweeper.wake()
        if self._shares:
            self._metrics.incr("decoded_cache.hit" if result.reused else "decoded_cache.miss")
        self._count_filters(job, result)
        return self._timed(result, started - begun, time.perf_counter() - begun)

    def _timed(self, result: Result, queued: float, worked: float) -> Result:
        """The result with its stages beyond the worker: `work` is all, the others are parts."""
        result = with_stages(result, (WORK, worked), (QUEUE, queued))
        if self._listened():
            for name, milliseconds in result.stages:
                self._metrics.timing(f"stage.{name}", milliseconds)
        return result

    def _count_filters(self, job: Job, result: Result) -> None:
        """Filters that have run, and the times of those that work on pixels."""
        if not self._listened():
            return
        for name in job.calls:
            self._metrics.incr(f"filter.{name}.count")
        for name, milliseconds in result.filters:
            if name in job.calls:  # a worker that is broken into may say anything
                self._metrics.timing(f"filter.{name}.time", milliseconds)


def host_of(name: str) -> str:
    """The host that a source's name says, in lower case; of a path its first folder.

    Names are quoted (`http%3A//host/a.jpg`); user information makes no other host.
    """
    text = unquote(name)
    _, scheme, rest = text.partition("://")
    authority = (rest if scheme else text).lstrip("/").partition("/")[0]
    return authority.rpartition("@")[2].lower()


class Sweeper:
    """Calls `sweep` every `seconds`, from `wake` on until it says that nothing is left."""

    def __init__(self, sweep: Callable[[], bool], seconds: float) -> None:
        self._sweep = sweep
        self._seconds = seconds
        self._due = False

    def wake(self) -> None:
        """There may be something to sweep."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(self._seconds, self._run)

    def _run(self) -> None:
        self._due = False
        if self._sweep():
            self.wake()
