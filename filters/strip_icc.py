from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def strip_icc(job: Job) -> Job:
    """Drop the colour profile; the pixels are converted to sRGB first, so that colours stay."""
    return replace(job, output=replace(job.output, strip_icc=True))
