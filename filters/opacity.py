from __future__ import annotations

from thumborlike.filtering import Frame, Percent, pixel_filter

from ._tables import table
from ._views import rgba_view


@pixel_filter(ours=True)
def opacity(frame: Frame, percent: Percent) -> Frame:
    """Make the picture translucent: 100 leaves it as it is, 0 hides it.

    Formats without transparency show what the server puts behind transparent pictures.
    """
    image = rgba_view(frame.image)
    faded = image.copy()
    levels = table(lambda level: level * percent / 100 + 0.5)
    faded.putalpha(image.getchannel("A").point(levels))
    return frame.with_image(faded)
