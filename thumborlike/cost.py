"""What a picture is expected to cost, from the first bytes of its source: enough to order work.

The figures are rough means of photographs on one core; only their ratios matter.
"""

from __future__ import annotations

import math
from types import MappingProxyType

from .formats import sniff
from .headers import size_of
from .job import Job, Layout
from .queueing import NOBODY, Cost, Share
from .url.values import Fit

MEGA = 1e6
LEAST = 0.001
"""Seconds that any picture takes."""

DECODING = MappingProxyType(
    {"jpeg": (0.013, 0.004), "png": (0.0, 0.03), "webp": (0.01, 0.015), "gif": (0.3, 0.03)}
)
"""Seconds per megabyte of the source and per megapixel that is decoded."""

ENCODING = MappingProxyType({"jpeg": 0.012, "webp": 0.12, "png": 0.2, "avif": 0.3, "gif": 0.15})
"""Seconds per megapixel of the result."""

OTHER_DECODING, OTHER_ENCODING = (0.1, 0.02), 0.2
FILTERING = 0.02
"""Seconds per megapixel and filter."""

PIXELS_PER_BYTE = 8
"""Assumed of sources whose header is not read here."""

PER_PIXEL, PER_RESULT_PIXEL, PROGRESSIVE = 6, 12, 3
"""Bytes of memory: while decoding, for what becomes of it, and for a JPEG's coefficients."""

Size = tuple[int, int]


def cost_of(body: bytes, job: Job, share: Share = NOBODY) -> Cost:
    """The cost of a job on this source. Never fails: what cannot be read is small work."""
    found = sniff(body)
    name = found.name if found else ""
    size, progressive = size_of(name, body)
    side = math.isqrt(len(body) * PIXELS_PER_BYTE)
    width, height = (max(each, 1) for each in size or (side, side))
    result = _result(job.layout, (width, height))
    scale = _reduction(job.layout, (width, height), result) if name == "jpeg" else 1
    pixels, made = width * height / scale**2, result[0] * result[1]
    per_byte, per_pixel = DECODING.get(name, OTHER_DECODING)
    output = job.output.format or next(iter(job.negotiated.formats), name)
    each = ENCODING.get(output, OTHER_ENCODING) + FILTERING * len(job.filters)
    seconds = (len(body) * per_byte + pixels * per_pixel + made * each) / MEGA
    memory = pixels * PER_PIXEL + made * PER_RESULT_PIXEL
    memory += width * height * PROGRESSIVE if progressive else 0
    return Cost(max(seconds, LEAST), int(memory), len(body), share)


def _result(layout: Layout, whole: Size) -> Size:
    """About the size that comes out."""
    width, height = (side if isinstance(side, int) else 0 for side in (layout.width, layout.height))
    ratio = whole[0] / whole[1]
    width, height = abs(width), abs(height)
    if not width and not height:
        return whole
    if layout.fit is not Fit.CROP and width and height:
        width = min(width, int(height * ratio), whole[0])
        height = 0
    return width or max(int(height * ratio), 1), height or max(int(width / ratio), 1)


def _reduction(layout: Layout, whole: Size, result: Size) -> int:
    """About how many times smaller a JPEG is decoded."""
    if layout.trim or layout.crop:
        return 1
    shrink = min(whole[0] / max(result[0], 1), whole[1] / max(result[1], 1))
    return next((each for each in (8, 4, 2) if shrink >= each), 1)
