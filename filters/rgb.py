from __future__ import annotations

from thumborlike.filtering import Frame, pixel_filter

from ._tables import apply_tables, shifted


@pixel_filter
def rgb(frame: Frame, red: int, green: int, blue: int) -> Frame:
    """Lighten or darken each channel by a percentage of its maximum, usually -100 to 100."""
    tables = [shifted(int(255 * amount / 100)) for amount in (red, green, blue)]
    return frame.with_image(apply_tables(frame.image, tables))
