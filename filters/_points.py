"""Focal points that a URL names."""

from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, Region
from thumborlike.interfaces import FocalPoint


def with_region(job: Job, region: Region, origin: str) -> Job:
    """The job with one more focal point: the middle of the region, its area the weight.

    An empty region adds none. Inverted corners are put right; Thumbor 7.8 keeps negative
    weights, whose sum may be 0 and then fails, so that is done only for THUMBOR_QUIRKS.
    """
    box = region if job.layout.quirks else _upright(region)
    width, height = box.right - box.left, box.bottom - box.top
    if not (width and height):
        return job
    x, y = box.left + width // 2, box.top + height // 2
    point = FocalPoint(x, y, width * height, width, height, origin)
    points = (*job.layout.focal_points, point)
    return replace(job, layout=replace(job.layout, focal_points=points))


def _upright(region: Region) -> Region:
    left, right = sorted((region.left, region.right))
    top, bottom = sorted((region.top, region.bottom))
    return Region(left, top, right, bottom)
