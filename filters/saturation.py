"""`saturation`: away from or towards the grey of equal perceived brightness."""

from __future__ import annotations

from PIL import Image

from thumborlike.filtering import Frame, pixel_filter

from ._arithmetic import computed
from ._tables import LEVELS
from ._views import rgb_view

_WEIGHTS = (0.299, 0.587, 0.114)


@pixel_filter
def saturation(frame: Frame, factor: float) -> Frame:
    """Make colours stronger (above 1), weaker (below 1) or grey (0); 1 changes nothing."""
    seen = rgb_view(frame.image)
    bands = seen.split()
    grey = _perceived(bands)
    share = computed(lambda level: level * (1.0 - factor), grey)
    strong = [level * factor for level in LEVELS]
    changed = [
        computed(lambda one, other: one + other, share, band.point(strong, "F")).convert("L")
        for band in bands[:3]
    ]
    return frame.with_image(Image.merge(seen.mode, (*changed, *bands[3:])))


def _perceived(bands: tuple[Image.Image, ...]) -> Image.Image:
    """Root of the weighted mean square of the channels, mode F."""
    squares = [
        band.point([weight * level**2 for level in LEVELS], "F")
        for band, weight in zip(bands, _WEIGHTS, strict=False)
    ]
    return computed(lambda r, g, b: (r + g + b) ** 0.5, *squares)
