"""The stages of a picture by name, and how answers tell how long each took."""

from __future__ import annotations

from .job import Result
from .records import replace

IN_WORKER = ("open", "draw", "filters", "encode", "optimize")
"""Header and plan; decoding, cutting, resizing; pixel filters; encoding; optimizers."""

FETCH, WORK, QUEUE = BEYOND = ("fetch", "work", "queue")
"""The source, from storage or loader; all of a worker, waiting for one included; that waiting."""

STORE = "store"
"""Storing the result. It follows the answer, which knows nothing of it: for metrics alone."""

STORED = "stored"
"""Reading a result from its storage: the only stage of an answer that is not made."""

STAGES = (*BEYOND, *IN_WORKER)


def with_stages(result: Result, *took: tuple[str, float]) -> Result:
    """The result, with more stages and their seconds in front of those that it has."""
    more = tuple([(name, round(seconds * 1000, 3)) for name, seconds in took])
    return replace(result, stages=(*more, *result.stages))


def server_timing(result: Result) -> str:
    """The value of Server-Timing, in milliseconds; for a result out of a storage just that."""
    if result.modified is not None:
        took = dict(result.stages).get(STORED)  # unknown of what memory had
        return f'{STORED};desc="from the result storage"' + ("" if took is None else f";dur={took}")
    return ", ".join(f"{name};dur={milliseconds:.3f}" for name, milliseconds in result.stages)
