"""`frame`: a nine-patch around the picture."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from PIL import Image

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Overlay, pixel_filter

from ._canvas import Place, composite
from ._nine_patch import NinePatch, Span
from ._views import rgba_view

_WHITE = (255, 255, 255, 255)


@pixel_filter
def frame(frame: Frame, image: Overlay) -> Frame:
    """Draw a frame that grows with the picture: a nine-patch, as Android has them.

    Its border of one pixel is not drawn: opaque black marks in the top row and left column
    say what may stretch, those in the bottom row and right column where the picture shows.
    Thumbor 7.8 draws nothing and adds white strips.
    """
    if image.image is None:
        raise BadFilterArgument("the frame is missing")
    picture = image.image
    key = ("frame", image.name)
    patch = frame.once(key, lambda: NinePatch(rgba_view(picture)))
    canvas = _padded(frame, patch.padding)
    drawn = frame.once((*key, canvas.size), lambda: list(_cells(patch, canvas.size)))
    for cell, place in drawn:
        composite(canvas, cell, [place])
    return frame.with_image(canvas)


def _cells(patch: NinePatch, size: tuple[int, int]) -> Iterator[tuple[Image.Image, Place]]:
    """The parts of the patch, stretched for a canvas of this size, and where they belong."""
    for columns, rows in product(patch.columns(size[0]), patch.rows(size[1])):
        yield _stretched(patch.image, columns, rows), (columns.at, rows.at)


def _padded(frame: Frame, padding: tuple[int, int, int, int]) -> Image.Image:
    left, top, right, bottom = padding
    size = frame.image.width + left + right, frame.image.height + top + bottom
    frame.check_size(size)
    return composite(Image.new("RGBA", size, _WHITE), frame.image, [(left, top)])


def _stretched(image: Image.Image, columns: Span, rows: Span) -> Image.Image:
    cell = image.crop((columns.begin, rows.begin, columns.end, rows.end))
    size = columns.size, rows.size
    if cell.size == size:
        return cell
    # First pixel on first pixel, as Thumbor; Pillow counts from the middle of pixels.
    x, y = (cell.width - 1) / size[0], (cell.height - 1) / size[1]
    shift = (x, 0, 0.5 - x / 2, 0, y, 0.5 - y / 2)
    return cell.transform(size, Image.Transform.AFFINE, shift, Image.Resampling.BILINEAR)
