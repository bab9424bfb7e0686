from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter(ours=True)
def lossless(job: Job) -> Job:
    """Keep every pixel exactly, where the format can: WebP and JPEG XL.

    AVIF comes close: its best quality, with colours as fine as brightness. `quality` and
    `max_bytes` then say nothing. JPEG cannot; PNG and TIFF always do.
    """
    return replace(job, output=replace(job.output, lossless=True))
