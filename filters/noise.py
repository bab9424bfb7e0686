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
    if amount < len(LEVELS):
        return frame.with_image(_in_one_step(seen, dice, amount))
    shifts = [level * amount // 256 - (amount >> 1) for level in LEVELS]
    lighter = dice.point([clamp(shift) for shift in shifts])
    darker = dice.point([clamp(-shift) for shift in shifts])
    changed = ImageChops.add(seen, _spread(lighter, seen.mode))
    return frame.with_image(ImageChops.subtract(changed, _spread(darker, seen.mode)))


def _in_one_step(seen: Image.Image, dice: Image.Image, amount: int) -> Image.Image:
    """Spans up to 255 levels fit into a byte."""
    middle = amount >> 1
    grain = dice.point([level * amount // 256 for level in LEVELS])
    return ImageChops.add(seen, _spread(grain, seen.mode, middle), 1.0, -middle)


def _spread(levels: Image.Image, mode: str, alpha: int = 0) -> Image.Image:
    bands = [levels] * 3
    if mode == "RGBA":
        bands.append(Image.new("L", levels.size, alpha))
    return Image.merge(mode, bands)
