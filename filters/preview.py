from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter(ours=True)
def preview(job: Job) -> Job:
    """Neither look for a stored result nor store this one."""
    return replace(job, keep=False)
