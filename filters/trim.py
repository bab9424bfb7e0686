from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from thumborlike.filtering import Job, Range, Trim, request_filter

MOST = 442
"""The distance between black and white, rounded up."""


@request_filter(ours=True)
def trim(
    job: Job,
    tolerance: Annotated[int, Range(0, MOST)] = 0,
    corner: Literal["top-left", "bottom-right"] = "top-left",
) -> Job:
    """Cut away a border of one colour, before resizing; as `trim` in the path.

    The colour is that of a corner. `tolerance` is how far others may differ from it.
    """
    return replace(job, layout=replace(job.layout, trim=Trim(corner, tolerance)))
