from __future__ import annotations

from thumborlike.filtering import Frame, pixel_filter

from ._tables import apply_tables, shifted


@pixel_filter
def brightness(frame: Frame, amount: int) -> Frame:
    """Lighten or darken all channels by this percentage of white, usually -100 to 100."""
    shift = int(255 * amount / 100)
    return frame.with_image(apply_tables(frame.image, [shifted(shift)] * 3))
