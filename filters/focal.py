from __future__ import annotations

from thumborlike.filtering import Job, Region, request_filter

from ._points import with_region


@request_filter
def focal(job: Job, region: Region) -> Job:
    """What must stay in the picture when it is cropped, in pixels of the source.

    Several calls add up, each weighing as much as its area.
    """
    return with_region(job, region, "Explicit")
