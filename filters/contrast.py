from __future__ import annotations

from thumborlike.filtering import Frame, pixel_filter

from ._tables import apply_tables, table


@pixel_filter
def contrast(frame: Frame, amount: int) -> Frame:
    """Spread levels away from the middle grey, or gather them; usually -100 to 100.

    -100 makes everything grey.
    """
    factor = (amount + 100) ** 2 // 100
    levels = table(lambda level: int(factor * (level - 128) / 100) + 128)
    return frame.with_image(apply_tables(frame.image, [levels] * 3))
