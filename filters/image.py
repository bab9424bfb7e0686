"""`image`: another picture, made by a path of its own, on top."""

from __future__ import annotations

from PIL import Image

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Percent, Processed, pixel_filter

from ._blending import BlendMode, blended
from ._canvas import own_rgba
from ._placing import tiled
from ._positions import Tiling, offset
from ._views import rgba_view

Size = tuple[int, int]


@pixel_filter(ours=True)
def image(
    frame: Frame,
    image: Processed,
    x: Tiling = "0",
    y: Tiling = "0",
    *,
    alpha: Percent = 0,
    blend_mode: BlendMode = "normal",
) -> Frame:
    """Put another picture on top that is made first, by a path with a size and filters of its own.

    The path is written without `unsafe` or a signature: the outer one covers it. It follows
    the same rules and limits, also MAX_IMAGE_DEPTH; of an animation the first frame is taken. A
    side `full` or `f` is the outer picture's, `full-20` 20 pixels less:
    `image(/fit-in/f-20xf-20/a.png,center,center)`. Commas in the path are
    written `%252C`, or the path stands in single quotes.

    Positions count from left and top, negative ones from right and bottom; `right-9` stands 9
    pixels out over the edge; `repeat` tiles. `alpha` of 100 is invisible.
    """
    if image.image is None:
        raise BadFilterArgument("the picture to put on top is missing")
    picture = image.image
    key = ("image", image.path, x == "repeat", y == "repeat", alpha, frame.image.size)
    layer = frame.once(key, lambda: _layer(frame, picture, (x == "repeat", y == "repeat"), alpha))
    width, height = frame.image.size
    left = 0 if x == "repeat" else offset(x, width, layer.width)
    top = 0 if y == "repeat" else offset(y, height, layer.height)
    canvas = own_rgba(frame.image)
    return frame.with_image(blended(canvas, layer, (left, top), blend_mode))


def _layer(
    frame: Frame, picture: Image.Image, repeats: tuple[bool, bool], alpha: int
) -> Image.Image:
    layer = rgba_view(picture)
    if alpha:
        layer = layer.copy()
        share = 1 - alpha / 100
        levels = [int(level * share + 0.5) for level in range(256)]
        layer.putalpha(layer.getchannel("A").point(levels))
    across, down = (
        whole if repeat else own
        for repeat, whole, own in zip(repeats, frame.image.size, layer.size, strict=True)
    )
    frame.check_size((across, down))
    return tiled(layer, (across, down))
