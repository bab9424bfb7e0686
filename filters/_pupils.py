"""Where pupils are red: small round red blobs with an eye around them.

The picture is looked at with sides of at most `LOOKED_AT` pixels. Without known faces an eye is
recognised by what surrounds the pupil: an iris that is dark or no skin, white of the eye, and
skin around that. Inside a known face the place in the face stands for all this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageStat

from ._blobs import Blob, blobs_of

Box = tuple[float, float, float, float]

LOOKED_AT = 1024
MOST_BLOBS = 400
"""Red blobs of fitting shape that are looked at; a picture with more is no portrait."""

SMALLEST = 3
LARGEST_OF_PICTURE = 1 / 10
LARGEST_OF_FACE = 1 / 6
_ROUND = (0.6, 1.67)
_FILLED = (0.55, 0.93)
_SOLID = 0.6
_DARKER, _MOST_NEAR_SKIN, _MOST_NEAR_WHITE = 0.85, 0.75, 0.6
_WHITE, _SKIN, _RED_AROUND = 0.08, 0.35, 0.12
"""Shares of the rings around a pupil; measured on drawn faces and on what is round and red."""


@dataclass(frozen=True, slots=True)
class Pupil:
    """The box of a red pupil, in pixels of the picture."""

    box: Box


def pupils_of(image: Image.Image, faces: Iterable[Box] = ()) -> list[Pupil]:
    """The red pupils of an RGB picture; with `faces` (boxes), those inside them alone."""
    scale = min(1.0, LOOKED_AT / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = image if size == image.size else image.resize(size, Image.Resampling.BOX)
    factors = image.width / size[0], image.height / size[1]
    boxes = [_scaled(face, (1 / factors[0], 1 / factors[1])) for face in faces]
    red = red_mask(small)
    shaped = [each for each in blobs_of(red) if _is_round(each)]
    if len(shaped) > MOST_BLOBS:
        return []
    if boxes:
        chosen = [blob for blob in shaped if any(_in_eyes(blob, face) for face in boxes)]
    else:
        most = max(size) * LARGEST_OF_PICTURE
        surround = _Surround(small, red)
        chosen = [
            blob
            for blob in shaped
            if max(blob.width, blob.height) <= most and surround.is_an_eye(blob)
        ]
    return [
        Pupil(_scaled((each.left, each.top, each.right, each.bottom), factors)) for each in chosen
    ]


def red_mask(image: Image.Image) -> Image.Image:
    """255 where an RGB picture is red as a lit pupil is: twice as red as green or blue."""
    red, green, blue = image.split()
    other = ImageChops.add(green, blue, scale=2)
    twice = ImageChops.subtract(red, other.point(_DOUBLE)).point(_ANY)
    bright = red.point(_BRIGHT)
    return ImageChops.darker(twice, bright)


_DOUBLE = [min(2 * level, 255) for level in range(256)]
_ANY = [0] + [255] * 255
_BRIGHT = [255 * (level > 60) for level in range(256)]


def _scaled(box: Box, factors: tuple[float, float]) -> Box:
    across, down = factors
    return box[0] * across, box[1] * down, box[2] * across, box[3] * down


def _is_round(blob: Blob) -> bool:
    """A disc fills 79 % of its box, a square all of it, a stroke or a crescent little."""
    if min(blob.width, blob.height) < SMALLEST:
        return False
    if not _ROUND[0] <= blob.width / blob.height <= _ROUND[1]:
        return False
    filled = blob.span / (blob.width * blob.height)
    tiny = max(blob.width, blob.height) <= 2 * SMALLEST
    return (tiny or _FILLED[0] <= filled <= _FILLED[1]) and blob.area >= _SOLID * blob.span


def _in_eyes(blob: Blob, face: Box) -> bool:
    """In the part of a face where eyes are, and no larger than a pupil."""
    left, top, right, bottom = face
    x = ((blob.left + blob.right) / 2 - left) / max(right - left, 1)
    y = ((blob.top + blob.bottom) / 2 - top) / max(bottom - top, 1)
    small = max(blob.width, blob.height) <= (right - left) * LARGEST_OF_FACE
    return small and 0.1 <= x <= 0.9 and 0.15 <= y <= 0.6


@dataclass(frozen=True, slots=True)
class _Shares:
    """What is in a ring, each from 0 to 1."""

    white: float
    skin: float
    red: float
    lightness: float


class _Surround:
    """Tells from masks of the whole picture what is around a blob."""

    def __init__(self, image: Image.Image, red: Image.Image) -> None:
        self._masks = _masks(image, red)

    def is_an_eye(self, blob: Blob) -> bool:
        """An iris that is dark or no skin next to the pupil, white of the eye, and skin around."""
        middle = (blob.left + blob.right) / 2, (blob.top + blob.bottom) / 2
        radius = max(blob.width, blob.height) / 2
        iris = self._shares(middle, radius + 1, 1.5 * radius + 1)
        eye = self._shares(middle, radius + 1, 3.2 * radius + 1)
        face = self._shares(middle, 3.2 * radius, 6 * radius)
        dark = iris.lightness < _DARKER * face.lightness
        return (
            (dark or iris.skin <= _MOST_NEAR_SKIN)
            and iris.white <= _MOST_NEAR_WHITE
            and max(iris.red, face.red) <= _RED_AROUND
            and eye.white >= _WHITE
            and face.skin >= _SKIN
        )

    def _shares(self, middle: tuple[float, float], inner: float, outer: float) -> _Shares:
        left, top = int(middle[0] - outer), int(middle[1] - outer)
        side = int(2 * outer) + 2
        ring = Image.new("L", (side, side))
        pen = ImageDraw.Draw(ring)
        for radius, level in ((outer, 255), (inner, 0)):
            x, y = middle[0] - left - 0.5, middle[1] - top - 0.5
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=level)
        area = self._masks.crop((left, top, left + side, top + side))
        return _Shares(*(level / 255 for level in ImageStat.Stat(area, ring).mean))


def _masks(image: Image.Image, red: Image.Image) -> Image.Image:
    """White, skin, red and lightness as the channels of one picture."""
    hue, saturation, value = image.convert("HSV").split()
    pale = saturation.point([255 * (level < 45) for level in range(256)])
    light = value.point([255 * (level > 120) for level in range(256)])
    warm = hue.point([255 * (level < 32 or level > 245) for level in range(256)])
    coloured = saturation.point([255 * (45 <= level <= 175) for level in range(256)])
    lit = value.point([255 * (level > 60) for level in range(256)])
    skin = ImageChops.darker(ImageChops.darker(warm, coloured), lit)
    return Image.merge("CMYK", (ImageChops.darker(pale, light), skin, red, image.convert("L")))
