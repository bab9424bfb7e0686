"""The one resize: with vector instructions where cykooz-resizer is installed, else by Pillow.

cykooz-resizer works in Pillow's own memory, without a copy, and takes a sixth of Pillow's time:
the same convolution, apart from rounding. To do so it knows how Pillow 12 and 13 lay out their
memory, so it is not used with any other Pillow.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from types import MappingProxyType
from typing import Any

import PIL
from PIL import Image

Box = tuple[float, float, float, float]

PACKAGE = "cykooz_resizer"
KNOWN_PILLOWS = frozenset({"12", "13"})
MODES = frozenset({"L", "RGB", "RGBA", "CMYK", "F"})

FILTERS = MappingProxyType(
    {
        Image.Resampling.LANCZOS: "lanczos3",
        Image.Resampling.BICUBIC: "catmull_rom",
        Image.Resampling.BILINEAR: "bilinear",
    }
)
"""Pillow's filters, and the same ones there."""

MULTIPLIED = MappingProxyType({"RGBA": "RGBa", "LA": "La"})
"""Modes with alpha, and those in which it is multiplied into the colours."""

LEAST_PIXELS = 10_000
"""Of the larger one of source and result: below that there is nothing to gain."""

GAP = 3.0
"""Pillow may average whole pixels until this many times the result's are left: from six times
smaller on that is much faster, and differs by less than 1 of 255 in the mean."""


def scaled(
    image: Image.Image, size: tuple[int, int], resample: int, box: Box, exact: bool = False
) -> Image.Image:
    """The box of a decoded picture in another size. `exact`: as Pillow 12 and Thumbor do it.

    Alpha is multiplied into the colours meanwhile, so that clear pixels lend no colour.
    """
    name = FILTERS.get(Image.Resampling(resample))
    if exact:
        return _rows_first(image, size, resample, box)
    if not name or not _pays(image, size) or not _resizer():
        return _by_pillow(image, size, resample, box)
    done = _vectorised(image, size, name, box)
    return _by_pillow(image, size, resample, box) if done is None else done


def _rows_first(image: Image.Image, size: tuple[int, int], resample: int, box: Box) -> Image.Image:
    """Rows, then columns, all pixels weighed. Pillow 13 begins with whichever is less work."""
    if resample != Image.Resampling.NEAREST and image.mode in MULTIPLIED:
        multiplied = _rows_first(image.convert(MULTIPLIED[image.mode]), size, resample, box)
        return multiplied.convert(image.mode)
    sides = (box[0], 0.0, box[2], float(image.height))
    across = image.resize((size[0], image.height), resample, sides)
    return across.resize(size, resample, (0.0, box[1], float(size[0]), box[3]))


def _by_pillow(image: Image.Image, size: tuple[int, int], resample: int, box: Box) -> Image.Image:
    gap = GAP if image.mode in MODES else None  # it cannot average greys of 16 bits
    return image.resize(size, resample, box, reducing_gap=gap)


def _pays(image: Image.Image, size: tuple[int, int]) -> bool:
    pixels = max(image.width * image.height, size[0] * size[1])
    return image.mode in MODES and pixels >= LEAST_PIXELS


def _vectorised(
    image: Image.Image, size: tuple[int, int], name: str, box: Box
) -> Image.Image | None:
    """None where the box ends a rounding error behind the picture's edge, which is refused."""
    module = _resizer()
    filter_type = getattr(module.FilterType, name)
    options = module.ResizeOptions(
        resize_alg=module.ResizeAlg.convolution(filter_type),
        crop_box=module.CropBox(box[0], box[1], box[2] - box[0], box[3] - box[1]),
    )
    made = Image.new(image.mode, size, None)
    try:
        module.Resizer().resize_pil(image, made, options)
    except RuntimeError:
        return None
    made.info = image.info.copy()
    return made


@functools.lru_cache(maxsize=1)
def _resizer() -> Any:
    """The module, or None; imported when the first picture is resized."""
    if PIL.__version__.partition(".")[0] not in KNOWN_PILLOWS:
        return None
    if not importlib.util.find_spec(PACKAGE):
        return None
    try:
        return importlib.import_module(PACKAGE)
    except ImportError:
        return None
