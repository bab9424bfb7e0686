from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def strip_exif(job: Job) -> Job:
    """Drop the EXIF block that PRESERVE_EXIF_INFO would keep."""
    return replace(job, output=replace(job.output, strip_exif=True))
