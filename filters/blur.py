from __future__ import annotations

from thumborlike.filtering import Frame, Positive, pixel_filter

from ._gauss import gauss
from ._views import changed_alike


@pixel_filter
def blur(frame: Frame, radius: Positive, sigma: float = 0) -> Frame:
    """Gaussian blur over `radius` pixels to each side, at most 150.

    `sigma` is the width of the bell, by default the radius.
    """
    blurred = changed_alike(
        frame.image, lambda seen: gauss(seen, radius, sigma, quirks=frame.quirks)
    )
    return frame.with_image(blurred)
