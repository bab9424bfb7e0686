from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, Natural, request_filter


@request_filter
def max_age(job: Job, seconds: Natural) -> Job:
    """How long clients may keep this picture, in seconds; 0 sends no caching headers."""
    return replace(job, output=replace(job.output, max_age=seconds))
