from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def autojpg(job: Job, enabled: bool = True) -> Job:
    """Whether an opaque PNG may become a JPEG, in place of the AUTO_PNG_TO_JPG setting."""
    return replace(job, output=replace(job.output, auto_png_to_jpg=enabled))
