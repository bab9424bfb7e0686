from __future__ import annotations

from thumborlike.filtering import Frame, pixel_filter

from ._scaling import scaled


@pixel_filter
def upscale(frame: Frame) -> Frame:
    """Enlarge the picture until it touches the requested box from inside.

    Does nothing if it reaches the box on one side already, or if a side is open.
    """
    (width, height), (most_width, most_height) = frame.image.size, frame.requested
    if width >= most_width or height >= most_height:
        return frame
    # Thumbor 7.8: the derived side is rounded down.
    if width / most_width >= height / most_height:
        return scaled(frame, (most_width, int(height * most_width / width)))
    return scaled(frame, (int(width * most_height / height), most_height))
