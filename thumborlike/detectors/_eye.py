"""The map of what stands out, by Pillow's own operations."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter, ImageStat

EDGES, COLOUR, RICHNESS, SKIN = 1.0, 1.6, 0.6, 0.8
"""How much each counts."""

SURROUNDINGS = 20
"""Pixels to each side of one with which its colour is compared."""

FLOOR = 1.0
"""Cells below so many times the mean count nothing."""


def standing_out(image: Image.Image, side: int, cells: int) -> Image.Image:
    """A grey picture of as many pixels as there are cells; black ones do not stand out."""
    small = image.reduce(max(1, round(max(image.size) / side)))
    size = small.size
    parts = ((EDGES, _edges(small)), (COLOUR, _unlike(small)), (RICHNESS, _rich(small)),
             (SKIN, _skin(small)))  # fmt: skip
    total = Image.new("L", size)
    whole = sum(weight for weight, _ in parts)
    for weight, part in parts:
        share = weight / whole
        total = ImageChops.add(total, part.point([round(value * share) for value in range(256)]))
    factor = cells / max(size)
    grid = total.resize(
        (max(1, round(size[0] * factor)), max(1, round(size[1] * factor))), Image.Resampling.BOX
    )
    return _above_the_rest(grid)


def _edges(image: Image.Image) -> Image.Image:
    """Where it is sharp: the difference from its own blur."""
    return _stretched(_greatest(ImageChops.difference(image, image.filter(ImageFilter.BoxBlur(2)))))


def _unlike(image: Image.Image) -> Image.Image:
    """How far each colour is from what is round it, far round."""
    calm, round_it = (image.filter(ImageFilter.BoxBlur(reach)) for reach in (1, SURROUNDINGS))
    return _stretched(_greatest(ImageChops.difference(calm, round_it)))


def _rich(image: Image.Image) -> Image.Image:
    """Saturated and not dark."""
    _, saturation, value = image.convert("HSV").split()
    return ImageChops.multiply(saturation, value)


def _skin(image: Image.Image) -> Image.Image:
    """The colours of skin, of any shade, as they lie in the plane of colour differences."""
    light, blue, red = image.convert("YCbCr").split()
    blue = blue.point([255 if 85 <= value <= 125 else 0 for value in range(256)])
    red = red.point([255 if 136 <= value <= 173 else 0 for value in range(256)])
    light = light.point([255 if 50 <= value <= 235 else 0 for value in range(256)])
    return ImageChops.darker(ImageChops.darker(blue, red), light)


def _greatest(image: Image.Image) -> Image.Image:
    first, second, third = image.split()
    return ImageChops.lighter(ImageChops.lighter(first, second), third)


def _stretched(image: Image.Image) -> Image.Image:
    """Up to white; what hardly differs stays dark."""
    histogram = image.histogram()
    most = next((value for value in range(255, 24, -1) if histogram[value]), 24)
    return image.point([min(255, value * 255 // most) for value in range(256)])


def _above_the_rest(grid: Image.Image) -> Image.Image:
    floor = int(ImageStat.Stat(grid).mean[0] * FLOOR)
    return grid.point([max(0, value - floor) for value in range(256)])
