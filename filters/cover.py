from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def cover(job: Job) -> Job:
    """Only the first frame of an animation."""
    return replace(job, output=replace(job.output, cover=True))
