from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, Positive, request_filter


@request_filter(ours=True)
def page(job: Job, number: Positive) -> Job:
    """Only this frame of an animation; the first is 1, and the last stands for all beyond it."""
    return replace(job, output=replace(job.output, page=number))
