"""How often smart crops keep the subject: `python -m benchmarks.smart [--sheet FILE]`.

A crop keeps its subject if it shows at least 80% of what the best crop of that shape could show
of it. Saliency was tuned on the first set of pictures and on no picture of the second. libvips
(package pyvips), sharp (IPX_DIR, as for the other benchmarks, and Node) and Thumbor's detectors
(OpenCV 4) take part where installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image, ImageDraw

from benchmarks.smart_pictures import Box, Labelled, pictures
from thumborlike.detectors import face, saliency
from thumborlike.detectors.settings import CascadeSettings
from thumborlike.geometry import SourceInfo, plan
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Layout

RATIOS = ((1, 1), (16, 9), (9, 16))
ENOUGH = 0.8
UNSEEN = "fresh "
"""Seed of the pictures that nothing was tuned on."""

WITH_FACES = ("person", "group")
PROBE = 512
Crop = Callable[[Image.Image, tuple[int, int]], Box]
ENV: Any = SimpleNamespace(section=lambda kind: kind())


def _planned(
    image: Image.Image, ratio: tuple[int, int], points: list[FocalPoint], quirks: bool
) -> Box:
    layout = Layout(width=ratio[0] * 20, height=ratio[1] * 20, smart=True,
                    focal_points=tuple(points), quirks=quirks)  # fmt: skip
    return plan(layout, SourceInfo("png", image.width, image.height, "RGB")).box


def by_detectors(*detectors: Any, quirks: bool = False) -> Crop:
    """The crop by the first of them that finds something."""
    known: dict[int, list[FocalPoint]] = {}

    def crop(image: Image.Image, ratio: tuple[int, int]) -> Box:
        if id(image) not in known:
            small = image.copy()
            small.thumbnail((PROBE, PROBE))
            found = next(filter(None, (each.detect(small) for each in detectors)), [])
            by = image.width / small.width
            known[id(image)] = [
                FocalPoint(each.x * by, each.y * by, each.weight * by * by, each.width * by,
                           each.height * by, each.origin) for each in found
            ]  # fmt: skip
        return _planned(image, ratio, known[id(image)], quirks)

    return crop


class Corners:
    """Thumbor's `feature_detector`."""

    def detect(self, image: Image.Image) -> list[FocalPoint]:
        """At most 20 corners."""
        import cv2  # noqa: PLC0415
        import numpy as np  # noqa: PLC0415

        found = cv2.goodFeaturesToTrack(
            np.asarray(image.convert("L")), maxCorners=20, qualityLevel=0.04, minDistance=1.0
        )
        return [] if found is None else [FocalPoint(*map(float, each[0])) for each in found]


def _largest(image: Image.Image, ratio: tuple[int, int]) -> tuple[int, int]:
    """The largest crop of this shape."""
    width, height = image.size
    if width * ratio[1] > height * ratio[0]:
        return max(1, round(height * ratio[0] / ratio[1])), height
    return width, max(1, round(width * ratio[1] / ratio[0]))


class Sharp:
    """sharp's crop by attention, in a process of Node's that lives as long as this one."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("sharp_crops.mjs")
        self._node = subprocess.Popen(
            ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, image: Image.Image, ratio: tuple[int, int]) -> Box:
        width, height = _largest(image, ratio)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "picture.png")
            image.save(path)
            told = {"path": str(path), "width": width, "height": height}
            assert self._node.stdin and self._node.stdout
            print(json.dumps(told), file=self._node.stdin, flush=True)
            found = json.loads(self._node.stdout.readline())
        return found["left"], found["top"], found["left"] + width, found["top"] + height


def libvips(image: Image.Image, ratio: tuple[int, int]) -> Box:
    """libvips' `smartcrop` by attention."""
    import pyvips  # noqa: PLC0415

    size = _largest(image, ratio)
    source = pyvips.Image.new_from_memory(image.tobytes(), *image.size, 3, "uchar")
    made = source.copy(interpretation="srgb").smartcrop(*size, interesting="attention")
    left, top = -made.get("xoffset"), -made.get("yoffset")
    return left, top, left + size[0], top + size[1]


def contenders() -> dict[str, Crop]:
    """Those that are installed."""
    eye = saliency.create(ENV)
    found: dict[str, Crop] = {"middle": by_detectors(quirks=True), "saliency": by_detectors(eye)}
    if importlib.util.find_spec("numpy"):
        found["face, saliency"] = by_detectors(face.create(ENV), eye)
    if importlib.util.find_spec("pyvips"):
        found["libvips attention"] = libvips
    if os.environ.get("IPX_DIR") and shutil.which("node"):
        found["sharp attention"] = Sharp()
    if importlib.util.find_spec("cv2"):
        import cv2  # noqa: PLC0415

        found["Thumbor feature"] = by_detectors(Corners(), quirks=True)
        if hasattr(cv2, "CascadeClassifier"):
            path = cv2.data.haarcascades + CascadeSettings().face_detector_cascade_file
            env: Any = SimpleNamespace(
                section=lambda kind: CascadeSettings(face_detector_cascade_file=path)
            )
            both = (face.create(env), Corners())
            found["Thumbor face, feature"] = by_detectors(*both, quirks=True)
    return found


def shown(crop: Box, picture: Labelled) -> float:
    """The share of the subject in the crop, of the most that a crop of this size can have."""
    along = []
    for first in (0, 1):
        low, high = picture.subject[first], picture.subject[first + 2]
        inside = max(min(crop[first + 2], high) - max(crop[first], low), 0.0)
        along.append(inside / min(high - low, crop[first + 2] - crop[first]))
    return along[0] * along[1]


def measured(crops: dict[str, Crop], labelled: list[Labelled]) -> dict[tuple[str, str], list[bool]]:
    """By contender and class: whether each crop keeps its subject."""
    kept: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for picture in labelled:
        for name, crop in crops.items():
            for ratio in RATIOS:
                enough = shown(crop(picture.image, ratio), picture) >= ENOUGH
                kept[name, picture.kind].append(enough)
    return kept


def table(kept: dict[tuple[str, str], list[bool]]) -> Iterator[str]:
    """Lines of Markdown, in percent."""
    kinds = list(dict.fromkeys(kind for _, kind in kept))
    yield "| | " + " | ".join([*kinds, "all"]) + " |"
    yield "|---" * (len(kinds) + 2) + "|"
    for name in dict.fromkeys(name for name, _ in kept):
        rows = [kept[name, kind] for kind in kinds]
        rows.append([each for row in rows for each in row])
        yield (
            f"| {name} | " + " | ".join(f"{100 * statistics.mean(row):.0f}" for row in rows) + " |"
        )


def sheet(crops: dict[str, Crop], labelled: list[Labelled], path: str) -> None:
    """All pictures, with the subject in white and the square crops in colours."""
    colours = ("grey", "yellow", "lime", "red", "cyan", "magenta")
    side, columns = 190, 10
    page = Image.new("RGB", (columns * side, -(-len(labelled) // columns) * side), "white")
    for number, picture in enumerate(labelled):
        seen = picture.image.copy()
        pen = ImageDraw.Draw(seen)
        pen.rectangle(picture.subject, outline="white", width=5)
        for (name, crop), colour in zip(crops.items(), colours, strict=False):
            if name in ("saliency", "face, saliency", "libvips attention"):
                pen.rectangle(crop(picture.image, (1, 1)), outline=colour, width=4)
        seen.thumbnail((side - 6, side - 6))
        page.paste(seen, (number % columns * side, number // columns * side))
    page.save(path)


def milliseconds(detector: Any, labelled: list[Labelled]) -> float:
    """The median of processor time for one picture at probe size."""
    taken = []
    for picture in labelled:
        small = picture.image.copy()
        small.thumbnail((PROBE, PROBE))
        begun = time.process_time()
        detector.detect(small)
        taken.append(time.process_time() - begun)
    return statistics.median(taken) * 1000


def main(arguments: list[str]) -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", help="a PNG with all pictures and crops")
    options = parser.parse_args(arguments)
    crops, labelled = contenders(), list(pictures())
    for words, some in (("saliency was tuned on", labelled), ("unseen", list(pictures(UNSEEN)))):
        print(f"{len(some)} pictures, {words}; {len(RATIOS)} shapes; subjects kept, in percent\n")
        print("\n".join([*table(measured(crops, some)), ""]))
    print(f"saliency: {milliseconds(saliency.create(ENV), labelled):.1f} ms")
    if "face, saliency" in crops:
        for words, shown_faces in (("with", True), ("without", False)):
            some = [each for each in labelled if (each.kind in WITH_FACES) is shown_faces]
            print(f"face, pictures {words} faces: {milliseconds(face.create(ENV), some):.1f} ms")
    if options.sheet:
        sheet(crops, labelled, options.sheet)


if __name__ == "__main__":
    main(sys.argv[1:])
