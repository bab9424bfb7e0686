"""Where the content of a picture with a uniform border is."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageChops

from ..geometry import Box
from ..url.values import Trim
from .color import eight_bit, in_rgba

Reference = tuple[int, ...]

STRIP_PIXELS = 1 << 17


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
    return in_rgba(image) if alpha else image.convert("RGB")


def _content(view: Image.Image, reference: Reference, tolerance: int) -> Image.Image:
    """A mask: 255 where the distance exceeds the tolerance.

    Made in strips, so that large pictures need little memory and the strips stay in the cache.
    """
    compare = _further if tolerance > 0 else _other
    rows = max(STRIP_PIXELS // view.width, 1)
    mask = Image.new("L", view.size)
    for top in range(0, view.height, rows):
        strip = view.crop((0, top, view.width, min(top + rows, view.height)))
        mask.paste(compare(strip, reference, tolerance), (0, top))
    return mask


def _other(view: Image.Image, reference: Reference, _: int) -> Image.Image:
    """Where any channel differs."""
    mask = Image.new("L", view.size)
    for band, value in zip(view.split(), reference, strict=True):
        mask = ImageChops.lighter(mask, band.point([255 * (each != value) for each in range(256)]))
    return mask


def _further(view: Image.Image, reference: Reference, tolerance: int) -> Image.Image:
    """Where the squared distance exceeds the squared tolerance; squares need 32 bit."""
    from PIL import ImageMath  # noqa: PLC0415  (rarely needed, slow to import)

    squares = {
        name: band.point([(each - value) ** 2 for each in range(256)], "I")
        for name, band, value in zip("abcd", view.split(), reference, strict=False)
    }
    limit = tolerance * tolerance

    def compare(operands: dict[str, Any]) -> Any:
        first, *others = (operands[name] for name in squares)
        return (sum(others, first) > limit) * 255

    over: Image.Image = ImageMath.lambda_eval(compare, **squares)
    return over.convert("L")


def _right_as_thumbor(mask: Image.Image) -> int:
    """The right bound by Thumbor 7.8's rule: a row's first content pixel does not count for it.

    Its search begins with the first column, which therefore always counts.
    """
    width, rows = mask.width, mask.tobytes()
    right = 1
    for start in range(0, len(rows), width):
        first = rows.find(255, start, start + width)
        last = rows.rfind(255, start, start + width)
        if last > first:
            right = max(right, last - start + 1)
    return right
