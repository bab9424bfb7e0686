"""`equalize`: each channel's levels spread evenly over the range."""

from __future__ import annotations

from itertools import accumulate

from PIL import Image

from thumborlike.filtering import Frame, pixel_filter

from ._tables import LEVELS, apply_tables
from ._views import rgb_view


@pixel_filter(amplifies=True)
def equalize(frame: Frame) -> Frame:
    """Spread the levels of each channel evenly.

    Thumbor 7.8 starts all channels at the smallest level of any of them, which tints plain
    pictures; with THUMBOR_QUIRKS so do we.
    """
    seen = rgb_view(frame.image)
    counts = _histograms(seen)
    starts = [_first(each) for each in counts]
    if frame.quirks:
        starts = [min(starts)] * 3
    plain = [0] * 256 if frame.quirks else list(LEVELS)
    tables = [_evened(*each, plain) for each in zip(counts, starts, strict=True)]
    return frame.with_image(apply_tables(seen, tables))


def _histograms(image: Image.Image) -> list[list[int]]:
    counts = image.histogram()
    return [counts[at : at + 256] for at in (0, 256, 512)]


def _first(counts: list[int]) -> int:
    return next(level for level in LEVELS if counts[level])


def _evened(counts: list[int], start: int, plain: list[int]) -> list[int]:
    """The table of a channel; `plain` if it has one level only."""
    reached = list(accumulate(counts))
    least, total = counts[start], reached[-1]
    if total == least:
        return plain
    return [255 * max(0, up_to - least) // (total - least) for up_to in reached]
