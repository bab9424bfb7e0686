from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from thumborlike.filtering import Job, Pattern, request_filter

_DIGITS = 15
"""Enough for 30,000 years."""


def _moment(text: str) -> int:
    digits = text.lstrip("0") or "0"
    if len(digits) > _DIGITS:
        raise ValueError("too late")
    return int(digits)


Moment = Annotated[int, Pattern("[0-9]+", "milliseconds since 1970, UTC", _moment)]


@request_filter(ours=True)
def expire(job: Job, timestamp: Moment) -> Job:
    """From this moment on the answer is 410; until then no cache is told to keep it longer.

    Several `expire` count as the earliest. Only a signed URL keeps clients from changing it.
    """
    earlier = job.output.expires
    moment = timestamp if earlier is None else min(timestamp, earlier)
    return replace(job, output=replace(job.output, expires=moment))
