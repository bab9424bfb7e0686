from __future__ import annotations

from thumborlike.filtering import Frame, pixel_filter

from ._tables import apply_tables, table


@pixel_filter(ours=True)
def invert(frame: Frame) -> Frame:
    """Turn each colour into its opposite, as a negative. Transparency stays."""
    return frame.with_image(apply_tables(frame.image, [table(lambda level: 255 - level)] * 3))
