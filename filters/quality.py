from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, Natural, request_filter


@request_filter
def quality(job: Job, value: Natural) -> Job:
    """Quality of lossy formats, 0 to 100; more counts as 100.

    WebP at exactly 100 is lossless. PNG and GIF have no quality.
    """
    return replace(job, output=replace(job.output, quality=min(value, 100)))
