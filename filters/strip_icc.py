from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def strip_icc(job: Job) -> Job:
    """Drop the colour profile. The pixels are not converted."""
    return replace(job, output=replace(job.output, strip_icc=True))
