"""`noise`: grain, the same in all channels."""

from __future__ import annotations

import random

from PIL import Image, ImageChops

from thumborlike.filtering import Frame, Natural, pixel_filter

from ._tables import LEVELS, clamp
from ._views import rgb_view


@pixel_filter
def noise(frame: Frame, amount: Natural, seed: Natural = 0) -> Frame:
    """Lighten or darken each pixel by chance, over a span of `amount` levels.

    A `seed` above 0 always gives the same grain (not Thumbor's, which is its C library's).
    """
    seen = rgb_view(frame.image)
    if not amount:
        return frame.with_image(seen)
    chance = random.Random(seed or None)  # noqa: S311  (grain, not secrets)
    dice = Image.frombytes("L", seen.size, chance.randbytes(seen.width * seen.height))
    shifts = [level * amount // 256 - (amount >> 1) for level in LEVELS]
    lighter = dice.point([clamp(shift) for shift in shifts])
    darker = dice.point([clamp(-shift) for shift in shifts])
    changed = ImageChops.add(seen, _spread(lighter, seen.mode))
    return frame.with_image(ImageChops.subtract(changed, _spread(darker, seen.mode)))


def _spread(levels: Image.Image, mode: str) -> Image.Image:
    bands = [levels] * 3
    return Image.merge(mode, bands if mode == "RGB" else [*bands, Image.new("L", levels.size)])
