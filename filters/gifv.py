from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter
def gifv(job: Job, kind: str = "mp4") -> Job:
    """Make a video of an animated GIF: `mp4` or `webm`. Needs the optimizer `gifv`."""
    video = "webm" if kind.lower() == "webm" else "mp4"
    return replace(job, output=replace(job.output, video=video))
