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

from thumborlike.filter_examples import EXAMPLES
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "thumborlike" / "web" / "samples" / "balloons.jpg"


def ring() -> Image.Image:
    """A frame in nine patches: white around a clear middle, black marks at top and left."""
    image = Image.new("RGBA", (40, 40))
    draw = ImageDraw.Draw(image)
    draw.rectangle((1, 1, 38, 38), outline="white", width=6)
    draw.line((10, 0, 29, 0), fill="black")
    draw.line((0, 10, 0, 29), fill="black")
    return image


async def draw_all(folder: Path) -> None:
    """One request per filter, through the server itself."""
    shutil.copy(SAMPLE, folder / "sample.jpg")
    ring().save(folder / "frame.png")
    conf = folder / "thumbor.conf"
    conf.write_text(
        f"LOADER = 'file'\nFILE_LOADER_ROOT_PATH = {str(folder)!r}\n"
        "STORAGE = 'thumbor.storages.no_storage'\n"
    )
    service = build(load(conf))
    for name, call in {"plain": "", **EXAMPLES}.items():
        text = quote(f"{call}:format(webp):quality(60)".lstrip(":"), safe="(),:;[]")
        size = "fit-in/107x107" if name == "fill" else "160x107"
        answer = await service.handle(Request("GET", f"/unsafe/{size}/filters:{text}/sample.jpg"))
        if answer.status != 200:
            raise SystemExit(f"{name}: {answer.status}")
        (HERE / "filters" / f"{name}.webp").write_bytes(answer.body)
    await service.drain(5)


if __name__ == "__main__":
    (HERE / "filters").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(draw_all(Path(made)))
