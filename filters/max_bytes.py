from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, Natural, request_filter


@request_filter
def max_bytes(job: Job, size: Natural) -> Job:
    """Lower the quality until the file has at most this many bytes. Lossy formats only."""
    return replace(job, output=replace(job.output, max_bytes=size))
