from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def stretch(job: Job) -> Job:
    """Do not crop to the requested ratio: squeeze the picture into it. No effect on fit-in."""
    return replace(job, layout=replace(job.layout, stretch=True))
