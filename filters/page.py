from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, Positive, request_filter


@request_filter(ours=True)
def page(job: Job, number: Positive) -> Job:
    """Only this frame of an animation, or this page of a document; the first is 1."""
    return replace(job, output=replace(job.output, page=number))
