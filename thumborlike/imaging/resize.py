"""Decode at the smallest sufficient scale, resize once, turn the small picture."""

from __future__ import annotations

import math
from types import MappingProxyType

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from ..geometry import Box, Plan
from ..records import replace
from .color import PALETTE, displayable, expanded
from .deferred import Drawing
from .scaling import GAP, scaled

Transpose = Image.Transpose

TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""

MIRRORED = (1, 2, 1, 4, 3, 6, 5, 8, 7)
"""By orientation: the one that is undone by undoing it and mirroring left to right."""

HALF_TURNED = (1, 3, 4, 1, 2, 7, 8, 5, 6)
"""By orientation: the one that is undone by undoing it and turning by 180 degrees."""

SIDEWAYS = frozenset({5, 6, 7, 8})
"""Orientations whose width is the height of what is stored."""

QUARTER_TURNED = (8, 8, 5, 6, 7, 4, 1, 2, 3)
"""By orientation: the one that is undone by undoing it and turning counter-clockwise by 90."""

SPARE = MappingProxyType({8.0: 1.0, 4.0: 1.0, 8 / 3: 1.2, 2.0: 1.3})
"""Reductions that a JPEG decoder has for free, the largest first: how many times more pixels
than the result has they must leave along each side. Half size is where fine grain is lost."""

THREE_EIGHTHS = 3
"""libjpeg rounds one third up to a scale that it has."""

AVERAGED = frozenset({"L", "RGB", "CMYK"})
LEAST_AVERAGED = 2_000_000
"""Modes without alpha, and pixels, from which on `_averaged` does anything."""

BAND = 512
"""Rows of a large picture that are cut out at once."""

LEAST_DECODED = 25_000
"""Pixels below which a reduced decode saves nothing and is seen in the result."""


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture with its EXIF orientation undone."""
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def turned(orientation: int, degrees: int) -> int:
    """The orientation that is undone by undoing this one and turning counter-clockwise."""
    for _ in range(degrees // 90):
        orientation = QUARTER_TURNED[orientation]
    return orientation


def filter_named(name: str) -> int:
    """Pillow's resampling filter; unknown names count as LANCZOS (Thumbor 7.8)."""
    chosen: Image.Resampling = getattr(Image.Resampling, name.upper(), Image.Resampling.LANCZOS)
    return chosen


def made(image: Image.Image, plan: Plan, resample: int, icc: bytes | None) -> Image.Image:
    """One frame as the plan orders: reduced decode, crop, resize, orientation, flips."""
    whole = image.size
    reduce_decoding(image, plan)
    return carried_out(image, whole, plan, resample, icc)


def carried_out(
    image: Image.Image, whole: tuple[int, int], plan: Plan, resample: int, icc: bytes | None
) -> Image.Image:
    """The same from a picture that is decoded at some scale; `whole` is the source's size."""
    if plan.exact and plan.orientation in SIDEWAYS and plan.box == _whole(whole):
        image, plan = _turned_first(image, plan)
        whole = whole[::-1]
    small = _resized(image, _box_in(image, plan, whole), plan, resample)
    return upright(displayable(small, icc), turn_of(plan))


def _turned_first(image: Image.Image, plan: Plan) -> tuple[Image.Image, Plan]:
    """Rows are resized before columns (Thumbor 7.8), which tells in nearly clear pixels."""
    box = (*plan.box[:2], plan.box[3], plan.box[2])
    image = upright(image, plan.orientation)
    return image, replace(plan, orientation=1, size=plan.size[::-1], box=box)


def turn_of(plan: Plan) -> int:
    """Orientation and flips of the plan as one orientation to undo."""
    turn = plan.orientation if plan.orientation in TURNS else 1
    if plan.flip_vertical:
        turn = HALF_TURNED[turn]
    return MIRRORED[turn] if plan.flip_horizontal != plan.flip_vertical else turn


def reduce_decoding(image: Image.Image, plan: Plan) -> None:
    """Ask a JPEG decoder for the smallest scale that still has every pixel needed.

    Drawings are asked for in the size needed, which is sharp.

    Thumbor 7.8 does so only where nothing was cut or turned before (`plan.reducible`), and then
    however small the picture is. Cropping in the reduced picture by a fractional box looks the
    same: compared with a full decode, photographs of the tests keep an SSIM of 0.98, and the
    grainiest 0.97 at half size. From 3/8 of the size they keep as much as from half of it.
    `plan.exact` allows Thumbor's own reductions alone.
    """
    if isinstance(image, Drawing):
        left, top, right, bottom = plan.box
        image.scale(max(plan.size[0] / (right - left), plan.size[1] / (bottom - top)))
    draft(image, reduction(image, plan))


def draft(image: Image.Image, scale: float) -> None:
    """Have a JPEG decoded so many times smaller; 1 leaves it whole."""
    if scale == 8 / 3 and isinstance(image, JpegImageFile) and len(image.tile) == 1:
        _draft_three_eighths(image)
    elif scale > 1:
        image.draft(None, (int(image.width / scale) or 1, int(image.height / scale) or 1))


def _draft_three_eighths(image: JpegImageFile) -> None:
    """What Pillow's own `draft` does, in a scale that it does not offer."""
    width, height = (math.ceil(side * 3 / 8) for side in image.size)
    image.decoderconfig = (THREE_EIGHTHS, 0)
    image.tile = [image.tile[0]._replace(extents=(0, 0, width, height))]
    image._size = (width, height)


def reduction(image: Image.Image, plan: Plan) -> float:
    """How many times smaller the decoder may make the picture for this plan: one of `SPARE`, or 1.

    The picture is not drafted yet.
    """
    if image.format not in ("JPEG", "MPO"):
        return 1.0
    return next((each for each in SPARE if _suffices(image.size, plan, each)), 1.0)


def _suffices(whole: tuple[int, int], plan: Plan, scale: float) -> bool:
    left, top, right, bottom = plan.box
    width, height = plan.size
    shrink = min((right - left) / width, (bottom - top) / height)
    if plan.reducible and scale != 8 / 3:
        return shrink >= scale
    if plan.exact:
        return False
    saves = whole[0] * whole[1] >= LEAST_DECODED * scale * scale
    return saves and shrink >= scale * SPARE[scale]


def _box_in(image: Image.Image, plan: Plan, whole: tuple[int, int]) -> Box:
    """The plan's box in the pixels that the decoder gives.

    An uncropped reduced picture is taken whole, its last part pixel included: Thumbor 7.8.
    """
    if image.size == whole:
        return plan.box
    if plan.box == _whole(whole):
        return _whole(image.size)
    scale = whole[0] / image.width if image.width > 1 else whole[1] / image.height
    if not isinstance(image, Drawing):
        scale = min(SPARE, key=lambda each: abs(each - scale))
    left, top, right, bottom = (side / scale for side in plan.box)
    return left, top, min(right, image.width), min(bottom, image.height)


def cut(image: Image.Image, box: Box) -> tuple[Image.Image, Box]:
    """The whole pixels around the box, decoded, and the box in them: nothing else shines in."""
    outer = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
    if outer != (0, 0, *image.size):
        image = image.crop(outer)
    else:
        image.load()
    return image, (box[0] - outer[0], box[1] - outer[1], box[2] - outer[0], box[3] - outer[1])


def _averaged(image: Image.Image, box: Box, size: tuple[int, int]) -> tuple[Image.Image, Box]:
    """Like `cut`, where large pictures become much smaller: averaged without a copy of the box."""
    outer = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
    by = tuple(int((outer[n + 2] - outer[n]) / size[n] / GAP) for n in (0, 1))
    large = (outer[2] - outer[0]) * (outer[3] - outer[1]) >= LEAST_AVERAGED
    if image.mode not in AVERAGED or min(by) < 2 or not large:
        return cut(image, box)
    image.load()
    inner = tuple((box[n] - outer[n % 2]) / by[n % 2] for n in range(4))
    return image.reduce((by[0], by[1]), outer), (inner[0], inner[1], inner[2], inner[3])


def _is_large_cut(image: Image.Image, box: Box, size: tuple[int, int]) -> bool:
    """Whether a copy of the box would be large, and is not spared by averaging."""
    wide, high = box[2] - box[0], box[3] - box[1]
    averaged = min(wide / size[0], high / size[1]) >= 2 * GAP
    large = wide * high >= max(2 * LEAST_AVERAGED, 2 * size[0] * size[1])
    return image.mode in AVERAGED and large and not averaged and box != _whole(image.size)


def _in_bands(image: Image.Image, box: Box, size: tuple[int, int], resample: int) -> Image.Image:
    """The box of a large picture, resized across, band by band, and then down.

    So only a small copy is needed to keep out what lies outside the box.
    """
    left, right = math.floor(box[0]), math.ceil(box[2])
    top, bottom = math.floor(box[1]), math.ceil(box[3])
    across = Image.new(image.mode, (size[0], bottom - top))
    for upper in range(top, bottom, BAND):
        part = image.crop((left, upper, right, min(upper + BAND, bottom)))
        sides = (box[0] - left, 0.0, box[2] - left, float(part.height))
        across.paste(scaled(part, (size[0], part.height), resample, sides), (0, upper - top))
    made = scaled(across, size, resample, (0.0, box[1] - top, float(size[0]), box[3] - top))
    made.info = image.info.copy()
    return made


def _resized(image: Image.Image, box: Box, plan: Plan, resample: int) -> Image.Image:
    size = plan.size
    # results with few colours show what others hide
    exact = plan.exact or image.mode in PALETTE
    if not exact and _is_large_cut(image, box, size):
        return _in_bands(image, box, size, resample)
    image, inner = cut(image, box) if exact else _averaged(image, box, size)
    if size == image.size and inner == _whole(size):
        return image
    return scaled(expanded(image), size, resample, inner, exact)


def _whole(size: tuple[int, int]) -> Box:
    return 0.0, 0.0, float(size[0]), float(size[1])
