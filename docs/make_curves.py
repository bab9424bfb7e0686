"""Measures size and time of the encoders, and draws them.

    python docs/make_curves.py             # draws docs/performance/encoders.svg from encoders.json
    python docs/make_curves.py --measure   # measures first; a minute or two

Time and size are ratios to what Thumbor 7.8 does with Pillow, each the geometric mean over the
pictures: of CPU time in one thread, and of bytes.
"""

from __future__ import annotations

import importlib.util
import io
import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from thumborlike.imaging import png_reader, png_writer
from thumborlike.memory import keep_freed

HERE = Path(__file__).parent / "performance"
DATA, PLOT = HERE / "encoders.json", HERE / "encoders.svg"
MAKE = Path(__file__).resolve().parents[1] / "tests" / "pictures" / "make.py"
ROUNDS = 3
QUALITY = 80

Encode = Callable[[Image.Image], int]
Curves = dict[str, dict[str, list[float]]]


def pictures() -> list[Image.Image]:
    """Grain, smooth shapes, flat graphics, soft alpha; as results are: small."""
    spec = importlib.util.spec_from_file_location("make", MAKE)
    assert spec
    assert spec.loader
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    photo: Image.Image = make.photo((1600, 1200), 3)
    grain = Image.blend(photo, Image.effect_noise(photo.size, 60).convert("RGB"), 0.15)
    flat = make.drawing("RGB").resize((500, 375))
    pen = ImageDraw.Draw(flat)
    for place in range(0, 370, 12):
        pen.text((place // 2, place), "The quick brown fox jumps over the lazy dog", fill="black")
    clear = grain.resize((400, 300)).convert("RGBA")
    clear.putalpha(make.oval_alpha((400, 300)))
    soft = photo.resize((500, 375)).filter(ImageFilter.GaussianBlur(2))
    return [grain.resize((640, 480)), photo.resize((640, 480)), flat, soft, clear]


def by_pillow(form: str, **options: object) -> Encode:
    """Bytes that Pillow writes."""

    def encode(image: Image.Image) -> int:
        file = io.BytesIO()
        shown = image.convert("RGB") if form == "JPEG" else image
        shown.save(file, form, **options)
        return len(file.getvalue())

    return encode


def ours(level: int) -> Encode:
    """Bytes of our PNG."""
    return lambda image: len(png_writer.save(image, {"compress_level": level}))


def contenders() -> Mapping[str, tuple[Encode, Mapping[str, Encode]]]:
    """Curve -> what Thumbor does, and the points by name."""
    avif = {"quality": QUALITY, "subsampling": "4:2:0", "max_threads": 1}
    jpeg = {"quality": QUALITY}
    scans = {"progressive": True, "optimize": True}
    png = by_pillow("PNG", compress_level=6)
    return {
        "PNG, Pillow, level": (
            png, {str(n): by_pillow("PNG", compress_level=n) for n in (1, 2, 4, 5, 6, 9)},
        ),
        "PNG, ours, PNG_COMPRESSION_LEVEL": (png, {str(n): ours(n) for n in (1, 3, 4, 6, 7, 9)}),
        "WebP, WEBP_METHOD": (
            by_pillow("WEBP", quality=QUALITY),
            {str(n): by_pillow("WEBP", quality=QUALITY, method=n) for n in (0, 1, 2, 3, 4)},
        ),
        "AVIF, AVIF_SPEED": (
            by_pillow("AVIF", **avif),
            {str(n): by_pillow("AVIF", speed=n, **avif) for n in (6, 7, 8, 9)},
        ),
        "JPEG": (
            by_pillow("JPEG", **jpeg, **scans),
            {
                "progressive": by_pillow("JPEG", **jpeg, **scans),
                "one scan": by_pillow("JPEG", **jpeg, optimize=True),
                "no tables of its own": by_pillow("JPEG", **jpeg),
            },
        ),
    }  # fmt: skip


def measured() -> Curves:
    """Curve -> point -> time and size."""
    keep_freed()
    images = pictures()
    curves: Curves = {}
    for name, (usual, points) in contenders().items():
        bases = [timed(usual, image) for image in images]
        curves[name] = {}
        for point, encode in points.items():
            here = [timed(encode, image) for image in images]
            pairs = list(zip(here, bases, strict=True))
            means = [mean([a[part] / b[part] for a, b in pairs]) for part in (0, 1)]
            curves[name][point] = [round(each, 3) for each in means]
    return curves


def timed(encode: Encode, image: Image.Image) -> tuple[float, float]:
    """The shortest time, and the size."""
    best, size = math.inf, 0
    for _ in range(ROUNDS):
        started = time.process_time()
        size = encode(image)
        best = min(best, time.process_time() - started)
    return best, float(size)


def mean(values: list[float]) -> float:
    """Geometric."""
    return math.exp(sum(math.log(value) for value in values) / len(values))


WIDTH, HEIGHT, MARGIN, LEGEND = 760, 420, 60, 24
COLORS = ("#999999", "#c0392b", "#2980b9", "#27ae60", "#8e44ad")
TIMES, SIZES = (0.05, 4.0), (0.85, 1.5)


def place(point: list[float]) -> tuple[float, float]:
    """Time to the right, by powers; size upwards."""
    span = math.log(TIMES[1] / TIMES[0])
    across = min(max(math.log(point[0] / TIMES[0]) / span, 0), 1)
    up = min(max((point[1] - SIZES[0]) / (SIZES[1] - SIZES[0]), 0), 1)
    return MARGIN + across * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN)


def text(x: float, y: float, words: str, **more: str) -> str:
    """A piece of text."""
    rest = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x:.0f}" y="{y:.0f}"{rest}>{words}</text>'


def axes() -> list[str]:
    """Lines with their figures."""
    lines = []
    for value in (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0):
        x, _ = place([value, 1.0])
        lines.append(f'<path d="M{x:.0f} {MARGIN}V{HEIGHT - MARGIN}" stroke="#ddd"/>')
        lines.append(text(x, HEIGHT - MARGIN + 16, f"{value:g}", text_anchor="middle"))
    for value in (0.9, 1.0, 1.1, 1.2, 1.3, 1.4):
        _, y = place([1.0, value])
        lines.append(f'<path d="M{MARGIN} {y:.0f}H{WIDTH - MARGIN}" stroke="#ddd"/>')
        lines.append(text(MARGIN - 6, y + 4, f"{value:g}", text_anchor="end"))
    lines.append(text(WIDTH / 2, HEIGHT - 16, "CPU time, Thumbor's is 1", text_anchor="middle"))
    lines.append(text(8, 20, "size, Thumbor's is 1"))
    return lines


def drawn(curves: Curves) -> str:
    """The plot as SVG."""
    parts = axes()
    for number, (name, points) in enumerate(curves.items()):
        color = COLORS[number]
        places = [place(point) for point in points.values()]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}"/>')
        for label, (x, y) in zip(points, places, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>')
            parts.append(text(x + 5, y - 5, label, fill=color))
        parts.append(text(WIDTH - 270, LEGEND + 16 * number, name, fill=color))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
    style = 'font-family="sans-serif" font-size="11"'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    return "\n".join([f"{head} {style}>", ground, *parts, "</svg>", ""])


def main() -> None:
    """Measure if asked to, then draw."""
    HERE.mkdir(exist_ok=True)
    if "--measure" in sys.argv[1:]:
        if png_reader.inflating() is None:
            sys.exit("needs the extra: pip install 'thumborlike[fast]'")
        DATA.write_text(json.dumps(measured(), indent=1) + "\n", "utf-8")
    PLOT.write_text(drawn(json.loads(DATA.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main()
