"""`threshold`: black and white, without greys."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from PIL import Image

from thumborlike.filtering import Frame, Range, pixel_filter

from ._tables import table
from ._views import changed_alike


@pixel_filter(amplifies=True, ours=True)
def threshold(frame: Frame, level: Annotated[int, Range(0, 255)] = 128) -> Frame:
    """White where the picture is as light as `level` or lighter, else black.

    Transparency stays.
    """
    return frame.with_image(changed_alike(frame.image, partial(_divided, level=level)))


def _divided(seen: Image.Image, level: int) -> Image.Image:
    divided = seen.convert("L").point(table(lambda each: 255 if each >= level else 0))
    if seen.mode == "L":
        return divided
    return Image.merge(seen.mode, ([divided] * 3 + list(seen.split()[3:])))
