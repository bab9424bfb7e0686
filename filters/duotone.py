from __future__ import annotations

from PIL import Image

from thumborlike.filtering import Color, Frame, Percent, pixel_filter

from ._colors import color_of
from ._tables import table
from ._views import rgb_view


@pixel_filter(ours=True)
def duotone(frame: Frame, dark: Color, light: Color, strength: Percent = 100) -> Frame:
    """Show brightness as a mixture of two colours: `dark` for black, `light` for white.

    `strength` is how much of that replaces the picture's own colours. Transparency stays.
    """
    seen = rgb_view(frame.image)
    ends = zip(color_of(dark, seen)[:3], color_of(light, seen)[:3], strict=True)
    levels = [level for low, high in ends for level in _ramp(low, high)]
    own = seen.convert("RGB")
    toned = Image.merge("RGB", [own.convert("L")] * 3).point(levels)
    mixed = Image.blend(own, toned, strength / 100)
    if seen.mode == "RGBA":
        mixed.putalpha(seen.getchannel("A"))
    return frame.with_image(mixed)


def _ramp(low: int, high: int) -> list[int]:
    return table(lambda level: low + (high - low) * level / 255 + 0.5)
