from __future__ import annotations

from PIL import Image

from thumborlike.filtering import Frame, Positive, pixel_filter

from ._views import rgb_view


@pixel_filter(ours=True)
def pixelate(frame: Frame, block_size: Positive = 10) -> Frame:
    """Show squares of so many pixels, each in its mean colour."""
    seen = rgb_view(frame.image)
    width, height = seen.size
    # The last square of a row may be cut; it must not be squeezed.
    side = min(block_size, max(width, height))
    blocks = seen.reduce(side)
    frame.check_size(seen.size)
    reach = (0, 0, width / side, height / side)
    return frame.with_image(blocks.resize(seen.size, Image.Resampling.NEAREST, reach))
