from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from thumborlike.filtering import Job, Range, request_filter

Part = Annotated[int, Range(0, 100)]


@request_filter(ours=True)
def face_zoom(job: Job, percent: Part = 50) -> Job:
    """Have `smart` go closer to the faces that are found: they fill this part of the crop.

    In place of SMART_FACE_ZOOM; 0 goes no closer. Pixels are never enlarged for it.
    """
    return replace(job, layout=replace(job.layout, face_zoom=percent / 100))
