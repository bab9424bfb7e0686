"""Where the content of a picture with a uniform border is."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageChops

from ..geometry import Box
from ..url.values import Trim
from .color import eight_bit

Reference = tuple[int, ...]


def find_trim(image: Image.Image, trim: Trim, quirks: bool) -> Box | None:
    """The box of what differs from a corner's colour, in pixels of `image`; None if nothing does.

    A pixel is content if its Euclidean distance over all channels, alpha included, exceeds the
    tolerance (Thumbor 7.8). `image` is oriented; palettes and other modes count as RGB or RGBA.
    """
    tolerance, at_end = _meaning(trim, quirks)
    view = _view(image)
    corner = (view.width - 1, view.height - 1) if at_end else (0, 0)
    mask = _content(view, view.getpixel(corner), tolerance)  # type: ignore[arg-type]
    bounds = mask.getbbox()
    if bounds is None or not quirks:
        return bounds
    left, top, _, bottom = bounds
    right = _right_as_thumbor(mask)
    return (left, top, right, bottom) if right > left else None


def _meaning(trim: Trim, quirks: bool) -> tuple[int, bool]:
    """Tolerance, and whether the last pixel is the reference.

    Thumbor 7.8 takes the number of `trim:50` for a corner's name, and any name but `top-left`
    for bottom-right.
    """
    if quirks and trim.corner is None and trim.tolerance is not None:
        return 0, True
    return trim.tolerance or 0, trim.corner == "bottom-right"


def _view(image: Image.Image) -> Image.Image:
    image = eight_bit(image)
    if image.mode in ("RGB", "RGBA"):
        return image
    alpha = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if alpha else "RGB")


def _content(view: Image.Image, reference: Reference, tolerance: int) -> Image.Image:
    """A mask: 255 where the squared distance exceeds the squared tolerance.

    Squares do not fit into bytes: without tolerance any difference counts, else the sum is
    made in 32 bit.
    """
    flat = Image.new(view.mode, view.size, reference)
    bands = ImageChops.difference(view, flat).split()
    if tolerance <= 0:
        mask = bands[0]
        for band in bands[1:]:
            mask = ImageChops.lighter(mask, band)
        return mask.point(_ANY)
    squares = [band.point(_SQUARES, "I") for band in bands]
    return _over(squares, tolerance * tolerance)


def _over(squares: list[Image.Image], limit: int) -> Image.Image:
    """Where the sum of 32-bit pictures is above the limit, as a mask."""
    from PIL import ImageMath  # noqa: PLC0415  (rarely needed, slow to import)

    named = dict(zip("abcd", squares, strict=False))

    def compare(operands: dict[str, Any]) -> Any:
        return (sum(operands[name] for name in named) > limit) * 255

    over: Image.Image = ImageMath.lambda_eval(compare, **named)
    return over.convert("L")


def _right_as_thumbor(mask: Image.Image) -> int:
    """The right bound by Thumbor 7.8's rule: a row's first content pixel does not count for it."""
    width, rows = mask.width, mask.tobytes()
    right = 0
    for start in range(0, len(rows), width):
        row = rows[start : start + width]
        first, last = row.find(255), row.rfind(255)
        if last > first:
            right = max(right, last + 1)
    return right


_ANY = [0] + [255] * 255
_SQUARES = [value * value for value in range(256)]
