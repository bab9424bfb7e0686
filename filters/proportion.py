from __future__ import annotations

from thumborlike.filtering import Frame, pixel_filter

from ._scaling import scaled


@pixel_filter
def proportion(frame: Frame, factor: float) -> Frame:
    """Shrink the result to this part of its size, above 0 up to 1.

    Other factors do nothing, nor does one that would leave less than a pixel.
    """
    if not 0 < factor <= 1:
        return frame
    width, height = (side * factor for side in frame.image.size)
    return scaled(frame, (int(width), int(height))) if min(width, height) >= 1 else frame
