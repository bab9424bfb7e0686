from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def no_upscale(job: Job) -> Job:
    """Never make the picture larger than its source: each side counts alone."""
    return replace(job, layout=replace(job.layout, no_upscale=True))
