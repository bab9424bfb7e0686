"""Draws `docs/filters/*.webp`: a sample picture, plain and through each pixel filter.

python docs/make_pictures.py
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from PIL import Image, ImageDraw
from thumborlike.filters import BUILTIN

from thumborlike.filter_examples import EXAMPLES, OTHER_SAMPLES
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "thumborlike" / "web" / "samples" / "balloons.jpg"

PORTRAIT = HERE.parent / "tests" / "detectors" / "astronaut.jpg"
"""NASA, public domain."""

SAMPLES = {"face": "face.png", "portrait": "portrait.jpg"}
SIZES = {"fill": "fit-in/107x107", "portrait": "150x150"}


def ring() -> Image.Image:
    """A frame in nine patches: white around a clear middle, black marks at top and left."""
    image = Image.new("RGBA", (40, 40))
    draw = ImageDraw.Draw(image)
    draw.rectangle((1, 1, 38, 38), outline="white", width=6)
    draw.line((10, 0, 29, 0), fill="black")
    draw.line((0, 10, 0, 29), fill="black")
    return image


def mark() -> Image.Image:
    """A ring round a disc, clear outside."""
    image = Image.new("RGBA", (120, 120), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, 115, 115), outline="white", width=12)
    draw.ellipse((38, 38, 81, 81), fill="white")
    return image


def face() -> Image.Image:
    """Half a face, with pupils as a flash makes them."""
    image = Image.new("RGB", (960, 642), (70, 90, 120))
    draw = ImageDraw.Draw(image)
    for box, color in (
        ((140, -260, 820, 760), (222, 172, 145)),
        ((380, 470, 580, 530), (200, 140, 118)),
    ):
        draw.ellipse(box, fill=color)
    for x in (300, 660):
        draw.line((x - 110, 150, x + 110, 140), fill=(60, 40, 30), width=26)
        for across, down, color in (
            (100, 56, (70, 45, 35)),
            (94, 50, (232, 228, 225)),
            (52, 50, (85, 60, 40)),
            (34, 34, (205, 35, 45)),
        ):
            draw.ellipse((x - across, 260 - down, x + across, 260 + down), fill=color)
        draw.ellipse((x - 20, 240, x - 6, 254), fill=(255, 240, 240))
    return image


async def draw_all(folder: Path) -> None:
    """One request per filter, through the server itself."""
    shutil.copy(SAMPLE, folder / "sample.jpg")
    ring().save(folder / "frame.png")
    mark().save(folder / "mark.png")
    face().save(folder / "face.png")
    shutil.copy(PORTRAIT, folder / "portrait.jpg")
    conf = folder / "thumbor.conf"
    conf.write_text(
        f"LOADER = 'file'\nFILE_LOADER_ROOT_PATH = {str(folder)!r}\n"
        f"STORAGE = 'thumbor.storages.no_storage'\nFILTERS = {sorted(BUILTIN)!r}\n"
        "DETECTORS = ['face']\n"
    )
    service = build(load(conf))
    plain = dict.fromkeys(("plain", *OTHER_SAMPLES.values()), "")
    for name, call in {**plain, **EXAMPLES}.items():
        text = quote(f"{call}:format(webp):quality(60)".lstrip(":"), safe="(),:;[]")
        other = OTHER_SAMPLES.get(name, name)
        size = SIZES.get(other, "160x107")
        shown = SAMPLES.get(other, "sample.jpg")
        answer = await service.handle(Request("GET", f"/unsafe/{size}/filters:{text}/{shown}"))
        if answer.status != 200:
            raise SystemExit(f"{name}: {answer.status}")
        (HERE / "filters" / f"{name}.webp").write_bytes(answer.body)
    await service.drain(5)


if __name__ == "__main__":
    (HERE / "filters").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(draw_all(Path(made)))
