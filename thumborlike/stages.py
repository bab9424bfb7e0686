"""The stages of a picture by name, and how answers tell how long each took."""

from __future__ import annotations

from .job import Result
from .records import replace

IN_WORKER = ("open", "draw", "filters", "encode", "optimize")
"""Header and plan; decoding, cutting, resizing; pixel filters; encoding; optimizers."""

BEYOND = ("fetch", "work")
"""The source, from storage or loader; all of a worker, waiting for one included."""

STAGES = (*BEYOND, *IN_WORKER)


def with_stages(result: Result, *seconds: float) -> Result:
    """The result, with the seconds of the stages `BEYOND` in front of those that it has."""
    took = (round(each * 1000, 3) for each in seconds)
    return replace(result, stages=(*zip(BEYOND, took, strict=True), *result.stages))


def server_timing(result: Result) -> str:
    """The value of Server-Timing, in milliseconds; for a result out of a storage just that."""
    if result.modified is not None:
        return 'stored;desc="from the result storage"'
    return ", ".join(f"{name};dur={milliseconds:.3f}" for name, milliseconds in result.stages)
