"""What the filters are measured on: photo-like, smooth, flat and saturated areas in one."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIDE = 1000
"""Pixels: a megapixel."""
MARK = (250, 200)
PATCH = 60
_HALF = SIDE // 2


def draw(folder: Path) -> None:
    """Write the pictures of each mode and the overlays `mark` and `patch` as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    color = picture()
    clear = color.copy()
    clear.putalpha(Image.radial_gradient("L").resize(color.size).point(lambda x: 2 * (255 - x)))
    drawn = {"RGB": color, "RGBA": clear, "L": color.convert("L")}
    drawn |= {"mark": _mark(clear), "patch": _patch()}
    for name, image in drawn.items():
        image.save(folder / f"{name}.png", compress_level=1)


def picture() -> Image.Image:
    """Clouds with grain, a gradient of saturated colours, plain shapes, and dark grain."""
    whole = Image.new("RGB", (SIDE, SIDE))
    quarters = (_clouds(), _rainbow(), _shapes(), ImageChops.multiply(_clouds(), _rainbow()))
    for number, quarter in enumerate(quarters):
        whole.paste(quarter, (number % 2 * _HALF, number // 2 * _HALF))
    return whole


def _clouds() -> Image.Image:
    rough = [Image.effect_noise((40, 40), 90).resize((_HALF, _HALF)) for _ in "RGB"]
    grain = Image.effect_noise((_HALF, _HALF), 12)
    return Image.merge("RGB", [ImageChops.add(band, grain, offset=-128) for band in rough])


def _rainbow() -> Image.Image:
    slope = Image.linear_gradient("L").resize((_HALF, _HALF))
    bands = (slope.rotate(90), Image.new("L", slope.size, 255), slope)
    return Image.merge("HSV", bands).convert("RGB")


def _shapes() -> Image.Image:
    image = Image.new("RGB", (_HALF, _HALF), "white")
    draw = ImageDraw.Draw(image)
    for number, color in enumerate(("navy", "red", "gold", "black", "lime", "#808080")):
        at = 60 * number
        draw.ellipse((at, at, at + 150, at + 100), fill=color)
        draw.line((0, at, _HALF, _HALF - at), fill=color, width=3)
    return image.filter(ImageFilter.SMOOTH)


def _mark(clear: Image.Image) -> Image.Image:
    return clear.resize(MARK)


def _patch() -> Image.Image:
    """A nine-patch: its border says what stretches and where the picture goes."""
    image = Image.new("RGBA", (PATCH, PATCH), (90, 60, 30, 200))
    draw = ImageDraw.Draw(image)
    draw.rectangle((15, 15, PATCH - 16, PATCH - 16), fill=(0, 0, 0, 0))
    draw.rectangle((0, 0, PATCH - 1, PATCH - 1), outline=(0, 0, 0, 0))
    for line in (((20, 0), (40, 0)), ((0, 20), (0, 40))):
        draw.line(line, fill="black")
    for line in (((20, PATCH - 1), (40, PATCH - 1)), ((PATCH - 1, 20), (PATCH - 1, 40))):
        draw.line(line, fill="black")
    return image
