from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, Positive, request_filter


@request_filter(ours=True)
def max_frames(job: Job, most: Positive) -> Job:
    """At most so many frames of an animation, from its beginning."""
    return replace(job, output=replace(job.output, max_frames=most))
