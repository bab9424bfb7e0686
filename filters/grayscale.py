from __future__ import annotations

from thumborlike.filtering import Frame, pixel_filter

from ._views import rgb_view


@pixel_filter
def grayscale(frame: Frame) -> Frame:
    """Take the colours away. Transparency stays."""
    seen = rgb_view(frame.image)
    # Thumbor 7.8 shows what a transparent palette hides.
    transparent = seen.mode == "RGBA" and not (frame.quirks and frame.image.mode == "P")
    return frame.with_image(seen.convert("LA" if transparent else "L"))
