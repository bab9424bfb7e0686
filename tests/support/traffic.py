"""A day in the access log of a site that uses Thumbor, the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator

SOURCES = (
    "photo.jpg",
    "portrait.jpg",
    "wide.jpg",
    "grey.jpg",
    "progressive.jpg",
    "exif.jpg",
    "icc.jpg",
    "cmyk.jpg",
    "444.jpg",
    "orientation-6.jpg",
    "rgb.png",
    "rgba.png",
    "palette.png",
    "palette-alpha.png",
    "drawing.png",
    "text.png",
    "grey-alpha.png",
    "bordered.png",
    "grey-16.png",
    "colour-key.png",
    "lossy.webp",
    "alpha.webp",
    "still.gif",
    "clear.gif",
    "moving.gif",
    "rgb.tiff",
    "photo.avif",
)
BROKEN = ("missing.jpg", "folder/gone.png", "truncated.jpg", "html.jpg", "empty.jpg")
SIZES = (
    "300x200",
    "150x",
    "x120",
    "200x200",
    "64x64",
    "480x320",
    "fit-in/200x200",
    "fit-in/320x180",
    "full-fit-in/150x150",
    "adaptive-fit-in/120x240",
    "300x200/smart",
    "10x10:120x100/100x100",
    "-100x80",
    "80x-60",
    "origx100",
    "120x90/left/top",
    "120x90/right/bottom",
    "trim/100x100",
    "meta/300x200",
    "0x0",
)
FILTERS = (
    "quality(40)",
    "format(webp)",
    "format(png)",
    "format(jpeg)",
    "grayscale()",
    "blur(3)",
    "sharpen(1.5,0.8,true)",
    "round_corner(12,255,255,255)",
    "rotate(90)",
    "brightness(20)",
    "contrast(30)",
    "fill(red)",
    "fill(blur)",
    "max_bytes(5000)",
    "no_upscale()",
    "strip_icc()",
    "strip_exif()",
    "rgb(20,-10,5)",
    "saturation(0.4)",
    "proportion(0.5)",
    "equalize()",
    "background_color(eeeeee)",
    "watermark(text.png,10,-10,40)",
    "focal(10x10:60x60)",
    "convolution(1;2;1;2;4;2;1;2;1,3,true)",
    "noise(20)",
    "max_age(60)",
    "stretch()",
    "unknown(1)",
    "colorize(30,40,50,red)",
)
AGENTS = ("Mozilla/5.0 (X11; Linux) Gecko/20100101", 'curl/8.0 \\"quoted\\"', "-")
JUNK = (
    "GET /healthcheck HTTP/1.1", "POST /image HTTP/1.1", "GET /favicon.ico HTTP/1.1",
    "\\x16\\x03\\x01", "GET /unsafe/300x200/ HTTP/1.1", "-",
)  # fmt: skip


def paths(count: int, seed: int = 7) -> list[str]:
    """So many different addresses."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        source = chance.choice(BROKEN if chance.random() < 0.03 else SOURCES)
        parts = ["/unsafe"]
        if chance.random() < 0.95:
            parts.append(chance.choice(SIZES))
        if chance.random() < 0.45:
            calls = chance.sample(FILTERS, chance.choice((1, 1, 1, 2)))
            parts.append("filters:" + ":".join(calls))
        found["/".join((*parts, source))] = None
    return list(found)


def log(lines: int, different: int, seed: int = 7) -> Iterator[str]:
    """Lines of the combined format, a few addresses much more often than the others."""
    chance = random.Random(seed)
    known = paths(different, seed)
    weights = [1 / (rank + 3) for rank in range(different)]
    asked = [*known, *chance.choices(known, weights, k=max(0, lines - different))]
    chance.shuffle(asked)
    for number, path in enumerate(asked[:lines]):
        request = f"GET {path} HTTP/1.1" if chance.random() > 0.01 else chance.choice(JUNK)
        agent = chance.choice(AGENTS)
        clock = f"23/Nov/2026:10:{number // 60 % 60:02}:{number % 60:02} +0000"
        yield f'203.0.113.{number % 250} - - [{clock}] "{request}" 200 {number} "-" "{agent}"\n'
