"""Draws the three pictures that `thumborlike serve --demo` shows. Public domain (CC0).

    python tests/pictures/make_samples.py        # writes into thumborlike/web/samples

Landscapes out of layered noise: large soft shapes, each octave half as strong as the one below.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

FOLDER = Path(__file__).resolve().parents[2] / "thumborlike" / "web" / "samples"
Color = tuple[int, int, int]
Size = tuple[int, int]
BICUBIC = Image.Resampling.BICUBIC


def noise(size: Size, seed: int, cells: Size = (3, 2), octaves: int = 7) -> Image.Image:
    """Cloudy grey from black to white; `cells` is how many lumps fit across and down."""
    chance = random.Random(seed)
    made = Image.new("L", size, 128)
    for octave in reversed(range(octaves)):
        across, down = (max(2, min(s, c << octave)) for s, c in zip(size, cells, strict=True))
        grain = Image.frombytes("L", (across, down), chance.randbytes(across * down))
        made = Image.blend(made, grain.resize(size, BICUBIC), 0.5)
    return ImageOps.autocontrast(made)


def gradient(size: Size, stops: Sequence[tuple[float, Color]]) -> Image.Image:
    """Colours from top to bottom; `stops` are heights from 0 to 1 and their colours."""
    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        column.putpixel((0, y), _between(stops, y / (size[1] - 1)))
    return column.resize(size)


def _between(stops: Sequence[tuple[float, Color]], at: float) -> Color:
    for (low, first), (high, second) in pairwise(stops):
        if at <= high:
            share = (at - low) / (high - low)
            red, green, blue = (
                round(a + (b - a) * share) for a, b in zip(first, second, strict=True)
            )
            return red, green, blue
    return stops[-1][1]


def glow(size: Size, centre: tuple[float, float], radius: float, power: float = 2) -> Image.Image:
    """A light that fades: white in the centre, black from `radius` on."""
    lamp = Image.radial_gradient("L").point(lambda v: round(255 * max(0, 1 - v / 181) ** power))
    lamp = lamp.resize((round(2 * radius), round(2 * radius)), BICUBIC)
    dark = Image.new("L", size)
    dark.paste(lamp, (round(centre[0] - radius), round(centre[1] - radius)))
    return dark


def tint(image: Image.Image, color: Color, mask: Image.Image) -> Image.Image:
    """`color` laid over where the mask is white."""
    return Image.composite(Image.new("RGB", image.size, color), image, mask)


def shine(image: Image.Image, color: Color, mask: Image.Image) -> Image.Image:
    """Light of this colour added where the mask is white."""
    black = Image.new("RGB", image.size)
    return ImageChops.screen(image, tint(black, color, mask))


def levels(mask: Image.Image, low: int, high: int) -> Image.Image:
    """Grey below `low` becomes black, above `high` white."""
    return mask.point(lambda v: min(255, max(0, round((v - low) * 255 / (high - low)))))


def ridge(width: int, base: float, swing: float, seed: int, rough: float = 0.52) -> list[float]:
    """Heights of a skyline, one a pixel: halves of halves, each moved less than the last."""
    chance = random.Random(seed)
    line = [chance.uniform(-1, 1) for _ in range(4)]
    strength = 1.0
    while len(line) < width:
        strength *= rough
        middles = [(a + b) / 2 + chance.uniform(-1, 1) * strength for a, b in pairwise(line)]
        line = [v for pair in zip(line, middles, strict=False) for v in pair] + [line[-1]]
    step = (len(line) - 1) / (width - 1)
    return [base + swing * line[round(x * step)] for x in range(width)]


def below(size: Size, line: Sequence[float]) -> Image.Image:
    """The mask of all that lies below a skyline."""
    mask = Image.new("L", (size[0], size[1] * 2))
    points = [(x, 2 * y) for x, y in enumerate(line)]
    last = (size[0], 2 * line[-1])
    ImageDraw.Draw(mask).polygon(
        [*points, last, (size[0], size[1] * 2), (0, size[1] * 2)], fill=255
    )
    return mask.resize(size, BICUBIC)


def relief(size: Size, seed: int, cells: Size = (8, 6)) -> Image.Image:
    """Rock lit from the left: grey 128 is flat."""
    margin = 8  # offset wraps round: what comes from the other edge is cut off
    bumps = noise((size[0] + 2 * margin, size[1] + 2 * margin), seed, cells)
    lit = ImageChops.subtract(bumps, ImageChops.offset(bumps, -6, 4), scale=0.5, offset=128)
    lit = lit.crop((margin, margin, margin + size[0], margin + size[1]))
    return lit.filter(ImageFilter.GaussianBlur(0.8))


def lit_by(image: Image.Image, light: Image.Image) -> Image.Image:
    """Shaded by a relief: darker below grey 128, lighter above it."""
    return ImageChops.overlay(image, light.convert("RGB"))


def lake(size: Size = (1500, 1000)) -> Image.Image:
    """Evening at a mountain lake."""
    width, height = size
    shore = round(height * 0.62)
    air = (width, shore)
    sky = [
        (0, (40, 62, 110)),
        (0.45, (150, 130, 160)),
        (0.75, (240, 168, 120)),
        (1, (255, 208, 140)),
    ]
    scene = gradient(air, sky)
    clouds = levels(noise(air, 31, (2, 5)), 135, 240)
    scene = tint(scene, (255, 190, 160), clouds.point(lambda v: v * 0.7))
    scene = shine(scene, (255, 214, 150), glow(air, (width * 0.66, shore * 0.8), 520))
    scene = peaks(scene, shore)
    for base, swing, color, seed in (
        (0.86, 50, (74, 76, 96), 12),
        (0.95, 30, (38, 46, 58), 17),
    ):
        hills = below(air, ridge(width, shore * base, swing, seed))
        scene = Image.composite(
            lit_by(Image.new("RGB", air, color), relief(air, seed)), scene, hills
        )
    scene = trees(scene, shore)
    whole = Image.new("RGB", size)
    whole.paste(scene)
    whole.paste(water(scene, height - shore), (0, shore))
    return whole


def peaks(scene: Image.Image, shore: int) -> Image.Image:
    """High mountains with snow, reddish where the evening sun meets them."""
    size = scene.size
    line = ridge(size[0], shore * 0.52, 190, 23, rough=0.5)
    snowline = levels(noise(size, 6, (9, 7)), 110, 150)
    snow = ImageChops.subtract(snowline, below(size, [y + 105 for y in line]))
    stone = tint(Image.new("RGB", size, (96, 92, 118)), (246, 214, 206), snow)
    stone = lit_by(stone, relief(size, 5, (10, 7)))
    haze = gradient(size, [(0, (0, 0, 0)), (0.5, (0, 0, 0)), (1, (210, 210, 210))]).convert("L")
    stone = tint(stone, (226, 168, 142), haze)
    return Image.composite(stone, scene, below(size, line))


def trees(scene: Image.Image, shore: int) -> Image.Image:
    """Firs along the water, taller at the sides."""
    chance = random.Random(8)
    pen = ImageDraw.Draw(scene)
    for _ in range(420):
        x = chance.uniform(-20, scene.width + 20)
        side = abs(x / scene.width - 0.45) * 2
        tall = chance.uniform(14, 34) + 120 * max(0, side - 0.35) * chance.uniform(0.5, 1.2)
        fir(pen, (x, shore + 4), tall, (20 + chance.randrange(10), 30, 34))
    return scene


def fir(pen: ImageDraw.ImageDraw, foot: tuple[float, float], tall: float, color: Color) -> None:
    """One tree: ragged triangles, wider below."""
    x, y = foot
    for part in range(6):
        top, wide = y - tall * (1 - part * 0.14), tall * (0.045 + 0.032 * part)
        pen.polygon([(x, top), (x - wide, top + tall * 0.26), (x + wide, top + tall * 0.26)], color)


def water(scene: Image.Image, depth: int) -> Image.Image:
    """The scene upside down, broken by waves that grow towards the viewer."""
    width = scene.width
    mirrored = ImageOps.flip(scene).crop((0, 0, width, depth))
    chance, rows = random.Random(2), Image.new("RGB", (width, depth))
    for y in range(depth):
        reach = 1 + y / depth * 9
        shift = round(reach * math.sin(y * 0.9 + 3 * math.sin(y * 0.13)) + chance.uniform(-1, 1))
        source = min(depth - 1, max(0, y + round(chance.uniform(-1, 1) * reach * 0.5)))
        rows.paste(mirrored.crop((0, source, width, source + 1)), (shift, y))
        rows.paste(mirrored.crop((0, source, 10, source + 1)), (min(0, shift - 10), y))
    rows = rows.filter(ImageFilter.GaussianBlur(1.1))
    deep = gradient(rows.size, [(0, (20, 20, 20)), (1, (170, 170, 170))]).convert("L")
    rows = tint(rows, (24, 42, 66), deep)
    ripples = levels(noise(rows.size, 77, (5, 60), 5), 170, 255).point(lambda v: v * 0.3)
    return shine(rows, (255, 214, 170), ripples)


def balloons(size: Size = (1500, 1000)) -> Image.Image:
    """Balloons over misty hills in the morning."""
    width, height = size
    scene = gradient(size, [(0, (84, 150, 214)), (0.55, (186, 216, 232)), (0.8, (252, 232, 200))])
    clouds = levels(noise(size, 15, (2, 4)), 130, 235)
    scene = tint(scene, (255, 252, 246), clouds.point(lambda v: v * 0.75))
    scene = shine(scene, (255, 236, 190), glow(size, (width * 0.12, height * 0.7), 620))
    for number in range(5):
        near = number / 4
        color = _between([(0, (168, 190, 196)), (0.5, (112, 150, 124)), (1, (52, 92, 52))], near)
        line = ridge(width, height * (0.7 + 0.075 * number), 62 - 6 * number, 40 + number, 0.4)
        land = lit_by(Image.new("RGB", size, color), relief(size, number + 60, (14, 20)))
        mist = levels(noise(size, 90 + number, (3, 9), 4), 90, 255).point(
            lambda v, near=near: v * (0.8 - 0.75 * near)
        )
        scene = Image.composite(tint(land, (246, 236, 222), mist), scene, below(size, line))
    for x, y, radius, colors in (
        (0.80, 0.50, 38, ((238, 196, 70), (60, 110, 170))),
        (0.60, 0.24, 66, ((60, 150, 140), (244, 240, 226))),
        (0.14, 0.44, 50, ((130, 70, 150), (240, 150, 90))),
        (0.34, 0.36, 165, ((204, 52, 44), (250, 204, 90), (244, 244, 236))),
    ):
        scene = balloon(scene, (width * x, height * y), radius, colors)
    return scene


def balloon(
    scene: Image.Image, at: tuple[float, float], radius: float, colors: Sequence[Color]
) -> Image.Image:
    """One balloon: gores in turn of the colours, lit from the upper left. Drawn twice as large."""
    unit = round(radius * 2)
    box = (unit * 3, unit * 4)
    cloth, mask = Image.new("RGB", box), Image.new("L", box)
    outline = [_outline(step / 60, unit) for step in range(61)]
    centre = box[0] / 2
    gores = 13
    pen = ImageDraw.Draw(cloth)
    for gore in range(gores):
        edges = [math.sin((g / gores - 0.5) * math.pi) for g in (gore, gore + 1)]
        left, right = ([(centre + edge * w, y + unit * 0.1) for w, y in outline] for edge in edges)
        pen.polygon([*left, *reversed(right)], fill=colors[gore % len(colors)])
    shape = [(centre + w, y + unit * 0.1) for w, y in outline]
    mirrored = [(centre - w, y + unit * 0.1) for w, y in reversed(outline)]
    ImageDraw.Draw(mask).polygon([*shape, *mirrored], fill=255)
    light = glow(box, (centre - unit * 0.4, unit * 0.75), unit * 2.1, 0.9)
    cloth = lit_by(cloth, light.point(lambda v: 40 + v * 0.72))
    basket(cloth, mask, centre, unit)
    half = (box[0] // 2, box[1] // 2)
    place = (round(at[0] - half[0] / 2), round(at[1] - radius * 1.1))
    scene.paste(cloth.resize(half, BICUBIC), place, mask.resize(half, BICUBIC))
    return scene


def _outline(at: float, unit: float) -> tuple[float, float]:
    """Half the width, and the height, of an envelope at a share of its length from the top."""
    angle = at * math.pi * 0.80
    if at < 0.72:
        return unit * math.sin(angle), unit * (1 - math.cos(angle))
    wide, tall = _outline(0.7199, unit)
    share = (at - 0.72) / 0.28
    return wide + (unit * 0.22 - wide) * share, tall + unit * 1.0 * share


def basket(cloth: Image.Image, mask: Image.Image, centre: float, unit: float) -> None:
    """Ropes and the basket below the envelope."""
    top, low = unit * 2.3, unit * 2.95
    for target, color, rope in ((cloth, (92, 62, 38), (70, 60, 54)), (mask, 255, 170)):
        pen = ImageDraw.Draw(target)
        for side in (-1, 1):
            ends = (centre + side * unit * 0.2, top, centre + side * unit * 0.15, low)
            pen.line(ends, fill=rope, width=max(1, round(unit / 70)))
        pen.rectangle((centre - unit * 0.17, low, centre + unit * 0.17, low + unit * 0.24), color)


def night(size: Size = (1000, 1400)) -> Image.Image:
    """A lighthouse under the stars; upright."""
    width, height = size
    sea = round(height * 0.78)
    sky = [(0, (8, 12, 34)), (0.5, (22, 40, 82)), (0.78, (88, 104, 140)), (1, (30, 44, 70))]
    scene = gradient(size, sky)
    side = 2 * max(size)  # so large that turning it bares no corner
    band = noise((side, side), 3, (6, 6)).rotate(32, BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    band = band.crop((left, top, left + width, top + height))
    lane = glow((width * 2, height * 2), (width, height), height * 0.9, 1.6)
    lane = lane.resize((width * 3, round(height * 0.42))).rotate(52, BICUBIC, expand=True)
    left, top = (lane.width - width) // 2, (lane.height - height) // 2 + 120
    lane = lane.crop((left, top, left + width, top + height))
    scene = shine(scene, (120, 120, 170), ImageChops.multiply(levels(band, 70, 255), lane))
    scene = stars(scene, sea, lane)
    scene = shine(
        scene, (255, 190, 130), glow(size, (width * 0.25, sea), 560).point(lambda v: v * 0.4)
    )
    scene.paste(waves((width, height - sea)), (0, sea))
    lamp = (width * 0.655, height * 0.442)
    scene = beams(scene, lamp)
    return tower(cliff(scene, sea), lamp)


def stars(scene: Image.Image, sea: int, lane: Image.Image) -> Image.Image:
    """Stars, more of them where the lane is bright, fewer towards the horizon."""
    chance = random.Random(19)
    light = Image.new("L", scene.size)
    pen = ImageDraw.Draw(light)
    for _ in range(4200):
        x, y = chance.randrange(scene.width), chance.randrange(sea)
        if chance.random() < 0.25 + lane.getpixel((x, y)) / 255 - 0.5 * y / sea:
            bright = round(255 * chance.random() ** 3) + 30
            radius = 0.4 + 1.5 * chance.random() ** 12
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=min(255, bright))
    bloom = light.filter(ImageFilter.GaussianBlur(2.5)).point(lambda v: v * 1.6)
    return shine(shine(scene, (190, 206, 255), bloom), (255, 250, 240), light)


def waves(size: Size) -> Image.Image:
    """The sea at night."""
    sea = gradient(size, [(0, (84, 98, 128)), (0.25, (32, 50, 82)), (1, (8, 16, 34))])
    crests = levels(noise(size, 48, (6, 40), 5), 150, 255).point(lambda v: v * 0.4)
    return shine(sea, (170, 186, 214), crests)


def cliff(scene: Image.Image, sea: int) -> Image.Image:
    """The rock on which the lighthouse stands."""
    size = scene.size
    rough = ridge(size[0], 0, 26, 9, 0.6)
    line = [
        sea + 150 - 250 / (1 + math.exp(-(x - size[0] * 0.50) / 38)) + rough[x]
        for x in range(size[0])
    ]
    stone = lit_by(Image.new("RGB", size, (46, 44, 52)), relief(size, 21, (12, 16)))
    return Image.composite(stone, scene, below(size, line))


def beams(scene: Image.Image, lamp: tuple[float, float]) -> Image.Image:
    """Light to both sides, fading with distance."""
    cone = Image.new("L", scene.size)
    x, y = lamp
    pen = ImageDraw.Draw(cone)
    pen.polygon([(x, y - 5), (x, y + 5), (x - 1100, y + 10), (x - 1100, y - 190)], fill=255)
    pen.polygon([(x, y - 5), (x, y + 5), (x + 900, y + 150), (x + 900, y + 10)], fill=255)
    cone = cone.filter(ImageFilter.GaussianBlur(7))
    fade = glow(scene.size, lamp, 780, 1.3)
    scene = shine(scene, (255, 232, 170), ImageChops.multiply(cone, fade).point(lambda v: v * 0.75))
    return shine(scene, (255, 226, 160), glow(scene.size, lamp, 190, 2.4))


def tower(scene: Image.Image, lamp: tuple[float, float]) -> Image.Image:
    """White with red bands, a gallery and a lantern; round by its shading."""
    x, y = lamp
    foot = y + 540
    paint, mask = Image.new("RGB", scene.size, (226, 222, 216)), Image.new("L", scene.size)
    pen = ImageDraw.Draw(paint)
    for band in range(3):
        pen.rectangle((0, y + 95 + band * 150, scene.width, y + 165 + band * 150), (176, 46, 44))
    pen.rectangle((x - 60, y + 28, x + 60, y + 44), (40, 42, 50))
    pen.rectangle((x - 30, y - 28, x + 30, y + 28), (255, 240, 190))
    for bar in range(-28, 29, 14):
        pen.line((x + bar, y - 28, x + bar, y + 28), (70, 64, 60), 3)
    pen.polygon([(x - 40, y - 26), (x, y - 74), (x + 40, y - 26)], (150, 38, 38))
    for window in (140, 290, 430):
        pen.rounded_rectangle((x - 8, y + window - 16, x + 8, y + window + 16), 7, (255, 206, 120))
    cut = ImageDraw.Draw(mask)
    cut.polygon([(x - 42, y + 40), (x + 42, y + 40), (x + 72, foot), (x - 72, foot)], fill=255)
    cut.rectangle((x - 58, y + 28, x + 58, y + 44), fill=255)
    cut.rectangle((x - 30, y - 28, x + 30, y + 28), fill=255)
    cut.polygon([(x - 40, y - 26), (x, y - 74), (x + 40, y - 26)], fill=255)
    side = Image.new("L", (scene.width, 1))
    for column in range(scene.width):
        side.putpixel((column, 0), round(118 - 78 * max(-1, min(1, (column - x) / 66))))
    body = lit_by(ImageChops.multiply(paint, Image.new("RGB", paint.size, (190, 186, 204))),
                  side.resize(scene.size))  # fmt: skip
    lantern = (round(x) - 30, round(y) - 28, round(x) + 30, round(y) + 28)
    body.paste(paint.crop(lantern), lantern)
    soft = mask.filter(ImageFilter.GaussianBlur(0.8))
    return shine(
        Image.composite(body, scene, soft), (255, 236, 180), glow(scene.size, lamp, 70, 1.5)
    )


def main() -> None:
    """Write all three."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in (("lake", lake()), ("balloons", balloons()), ("lighthouse", night())):
        picture.save(FOLDER / f"{name}.jpg", quality=80, optimize=True, progressive=True)


if __name__ == "__main__":
    main()
