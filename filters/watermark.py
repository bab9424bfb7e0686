"""`watermark`: another picture on top, once or tiled."""

from __future__ import annotations

from itertools import product
from typing import Annotated

from PIL import Image

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Natural, Overlay, Pattern, pixel_filter

from ._canvas import with_layer
from ._placing import scaled_size, tiles
from ._tables import shifted
from ._views import rgba_view

Position = Annotated[
    str,
    Pattern("-?[0-9]+p?|center|repeat", "pixels, percent as `10p`, `center` or `repeat`"),
]


@pixel_filter
def watermark(
    frame: Frame,
    image: Overlay,
    x: Position,
    y: Position,
    transparency: Natural,
    *,
    width: int | None = None,
    height: int | None = None,
) -> Frame:
    """Put another picture on top.

    Positions count from left and top, negative ones from right and bottom (`-0` is flush);
    `repeat` tiles. `transparency` in percent is taken off the picture's alpha. `width` and
    `height`, in percent of the result's sides, bound the size to which it is scaled.
    """
    percent = (width or 0, height or 0)
    key = ("watermark", image.name, transparency, percent, frame.image.size)
    mark = frame.once(key, lambda: _mark(frame, _picture(image), transparency, percent))
    places = product(*tiles((x, y), frame.image.size, mark.size))
    return frame.with_image(with_layer(frame.image, mark, places, cut=frame.quirks))


def _picture(overlay: Overlay) -> Image.Image:
    if overlay.image is None:
        raise BadFilterArgument("the watermark is missing")
    return rgba_view(overlay.image)


def _mark(
    frame: Frame, picture: Image.Image, transparency: int, percent: tuple[int, int]
) -> Image.Image:
    mark = _faded(picture, transparency)
    return _scaled(frame, mark, percent) if any(percent) else mark


def _faded(mark: Image.Image, transparency: int) -> Image.Image:
    """Thumbor 7.8 subtracts: half transparent areas vanish first."""
    less = 255 * transparency // 100
    if not less:
        return mark
    faded = mark.copy()
    alpha = mark.getchannel("A").point(shifted(-less))
    faded.putalpha(alpha)
    return faded


def _scaled(frame: Frame, mark: Image.Image, percent: tuple[int, int]) -> Image.Image:
    if min(percent) < 0:
        raise BadFilterArgument("the watermark's size must not be negative")
    size = scaled_size(frame.image.size, mark.size, percent)
    frame.check_size(size)
    return mark if size == mark.size else mark.resize(size, frame.resample)
