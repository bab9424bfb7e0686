"""How results are made: in the workers, of pixels that are shared for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from .http.validators import etag_of
from .imaging.cost import cost_of
from .imaging.kept import Shared
from .imaging.render import render
from .interfaces import Metrics, Optimizer, Source
from .job import Job, Layout, Result
from .records import replace
from .workers import Workers


class Maker:
    """Makes results. `shared`: the decoded pictures of this process; None keeps none."""

    def __init__(
        self,
        workers: Workers,
        metrics: Metrics,
        shared: Shared | None = None,
        *,
        sweep_after: float = 0.0,
        optimizers: tuple[Optimizer, ...] = (),
    ) -> None:
        self._workers = workers
        self._metrics = metrics
        self._shared = shared
        self._optimizers = optimizers
        self._sweeper = Sweeper(shared.sweep, sweep_after) if shared else None

    async def make(
        self, source: Source, overlays: Mapping[str, Source], job: Job, waiting: Sequence[Layout]
    ) -> Result:
        """The result of a job, its ETag with it. Raises what `render` and `Workers.run` raise.

        `waiting`: layouts that are asked of the same source, looked at once a worker is free.
        """
        self._metrics.incr("picture.rendered")
        work = partial(_made, shared=self._shared, waiting=waiting)
        given = (source, overlays, job, self._optimizers)
        try:
            result = await self._workers.run(work, *given, cost=cost_of(source.body, job))
        finally:
            if self._sweeper:
                self._sweeper.wake()
        if self._shared:
            self._metrics.incr("decoded_cache.hit" if result.reused else "decoded_cache.miss")
        return result

    def close(self) -> None:
        """Give the memory back."""
        if self._shared:
            self._shared.clear()


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


def _made(
    source: Source,
    overlays: Mapping[str, Source],
    job: Job,
    optimizers: tuple[Optimizer, ...],
    *,
    shared: Shared | None,
    waiting: Sequence[Layout],
) -> Result:
    """Runs in a worker, where hashing hinders nobody either."""
    result = render(source, overlays, job, optimizers, shared=shared, waiting=waiting)
    return replace(result, etag=etag_of(result.body))
