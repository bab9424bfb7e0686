from __future__ import annotations

from dataclasses import replace
from typing import Literal

from thumborlike.filtering import Job, request_filter


@request_filter(ours=True)
def orient(job: Job, angle: Literal["0", "90", "180", "270"]) -> Job:
    """Turn the source counter-clockwise, before anything else is done to it."""
    return replace(job, layout=replace(job.layout, turn=int(angle)))
