"""How alike two pictures are. Needs Pillow alone.

Colour is compared where it can be seen: over mid grey, with the alpha beside it, so that the
hidden colour of transparent pixels does not count.
"""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageMath, ImageStat

from ..errors import ImageError
from ..imaging.failures import decoding
from ..records import dataclass

WINDOW = 8
GREY = (128, 128, 128, 255)
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


MOST_PIXELS = 50_000_000
"""Of a frame; more are not decoded."""

MOST_COMPARED = 6_000_000
"""Pixels. Larger pictures are averaged down before they are compared."""

START_OF_SCAN = b"\xff\xda"
MOST_SCANS = 200
"""Of a JPEG, each of which costs a pass over all of its pixels."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "JPEG2000", "BMP", "HEIF")
"""What is opened, as far as there are decoders."""


class Unreadable(OSError):
    """What was sent is no picture that is decoded here."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """`ssim` of the luma (1.0 is equal), `mean` and `worst` absolute difference, 0 to 255."""

    ssim: float
    mean: float
    worst: int


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What passes for the same picture."""

    ssim: float
    mean: float

    def admits(self, likeness: Likeness) -> bool:
        """Whether both figures are within bounds."""
        return likeness.ssim >= self.ssim and likeness.mean <= self.mean


LOSSY = Tolerance(ssim=0.98, mean=3.0)
LOSSLESS = Tolerance(ssim=-1.0, mean=1.0)


def open_picture(body: bytes) -> Image.Image:
    """Decode the first frame. Raises `Unreadable` for what is no picture, or far too large."""
    if body.startswith(b"\xff\xd8") and body.count(START_OF_SCAN) > MOST_SCANS:
        raise Unreadable("the JPEG has too many scans")
    try:
        with decoding():
            picture: Image.Image = Image.open(io.BytesIO(body), formats=_known())
    except (ImageError, Image.DecompressionBombWarning) as error:
        raise Unreadable(str(error)) from error
    open_frame(picture, 0)
    return picture


def open_frame(picture: Image.Image, number: int) -> None:
    """Decode another frame of it. Raises `Unreadable`."""
    if picture.width * picture.height > MOST_PIXELS:
        raise Unreadable(f"{picture.width} by {picture.height} pixels are too many")
    try:
        with decoding():
            if number or getattr(picture, "n_frames", 1) > 1:
                picture.seek(number)
            picture.load()
    except ImageError as error:
        raise Unreadable(str(error)) from error


def _known() -> list[str]:
    """Of `FORMATS`, those that Pillow has heard of."""
    Image.init()
    return [each for each in FORMATS if each in Image.OPEN]


def visible(picture: Image.Image) -> Image.Image:
    """RGBA over grey, with the picture's own alpha put back as the fourth band."""
    rgba = _to_rgba(picture)
    shown = Image.alpha_composite(Image.new("RGBA", rgba.size, GREY), rgba)
    shown.putalpha(rgba.getchannel("A"))
    return shown


def likeness(one: Image.Image, other: Image.Image) -> Likeness:
    """Compare two pictures of equal size. Raises ValueError if the sizes differ."""
    if one.size != other.size:
        raise ValueError(f"sizes differ: {one.size}, {other.size}")
    left, right = _bounded(visible(one)), _bounded(visible(other))
    difference = ImageStat.Stat(ImageChops.difference(left, right))
    worst = max(int(high) for _, high in difference.extrema)
    return Likeness(ssim(_luma(left), _luma(right)), max(_means(difference.mean)), worst)


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Mean structural similarity of two `F` pictures: 8 by 8 windows, half overlapping."""
    offsets = [(x, y) for x in (0, WINDOW // 2) for y in (0, WINDOW // 2)]
    width, height = one.size
    fitting = [(x, y) for x, y in offsets if x < width and y < height]
    values = [_ssim_of_blocks(_shift(one, at), _shift(other, at)) for at in fitting]
    return sum(values) / len(values)


def fingerprint(picture: Image.Image, side: int = 32) -> Image.Image:
    """The visible picture averaged down to at most `side` pixels each way."""
    shown = visible(picture)
    size = (min(shown.width, side), min(shown.height, side))
    return shown.resize(size, Image.Resampling.BOX)


def _bounded(picture: Image.Image) -> Image.Image:
    factor = 1
    while (picture.width // factor) * (picture.height // factor) > MOST_COMPARED:
        factor += 1
    return picture.reduce(factor) if factor > 1 else picture


def _to_rgba(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return picture.convert("RGBA")


def _means(bands: list[float]) -> tuple[float, float]:
    red, green, blue, alpha = bands
    return (red + green + blue) / 3, alpha


def _luma(shown: Image.Image) -> Image.Image:
    return shown.convert("RGB").convert("L").convert("F")


def _shift(picture: Image.Image, at: tuple[int, int]) -> Image.Image:
    return picture.crop((*at, *picture.size))


def _ssim_of_blocks(one: Image.Image, other: Image.Image) -> float:
    a, b = one.reduce(WINDOW), other.reduce(WINDOW)
    aa, bb, ab = (
        _product(*pair).reduce(WINDOW) for pair in ((one, one), (other, other), (one, other))
    )
    quality: Image.Image = ImageMath.lambda_eval(_formula, a=a, b=b, aa=aa, bb=bb, ab=ab)
    return _average(quality)


def _average(picture: Image.Image) -> float:
    """Of an `F` picture, which ImageStat would sort into 256 bins first."""
    average = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(average, float)
    return average


def _product(one: Image.Image, other: Image.Image) -> Image.Image:
    product: Image.Image = ImageMath.lambda_eval(lambda args: args["a"] * args["b"], a=one, b=other)
    return product


def _formula(args):  # type: ignore[no-untyped-def]
    a, b = args["a"], args["b"]
    variances = args["aa"] - a * a + args["bb"] - b * b
    covariance = args["ab"] - a * b
    structure = (2 * covariance + C2) / (variances + C2)
    return (2 * a * b + C1) / (a * a + b * b + C1) * structure
