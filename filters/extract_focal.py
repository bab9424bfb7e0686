"""`extract_focal`: look into a source that is itself a Thumbor URL."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, unquote

from thumborlike.filtering import Job, Region, request_filter

from ._inner_urls import find_cropped
from ._points import with_region


@request_filter
def extract_focal(job: Job) -> Job:
    """Use the crop inside a source that is a Thumbor URL as focal region of the inner picture.

    Thumbor 7.8 looks at the still encoded address and never finds a crop there, so with
    THUMBOR_QUIRKS nothing happens.
    """
    if job.layout.quirks:
        return job
    found = find_cropped(unquote(job.source.name))
    if found is None:
        return job
    image, crop = found
    region = Region(crop.left, crop.top, crop.right, crop.bottom)
    name = quote(image, safe="/")
    return with_region(
        replace(job, source=replace(job.source, name=name)), region, "Original Extraction"
    )
