"""How often a face is found, by its size: `python -m benchmarks.faces`.

One photographed face (NASA, public domain) is set into drawn grounds, mirrored or not, darker or
brighter, anywhere. It counts as found if a point lies in the head. Thumbor's face detector takes
part where OpenCV 4 is installed. Each picture holds one face, or none: then whatever is found is
wrong.
"""

from __future__ import annotations

import importlib.util
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

from PIL import Image

from thumborlike.detectors import face
from thumborlike.detectors.settings import CascadeSettings

from .smart import ENV, PROBE
from .smart_pictures import SIZES, Box, bust, ground

SHARES = (4, 6, 8, 10, 12, 14, 16, 20)
"""The picture's longer side in widths of a head."""

EACH = 60
ENLARGED = 2
HEADS = 190 / 95
"""The side of a bust in widths of its head."""


def main() -> None:
    """Measure, and print a table in Markdown."""
    detectors = _detectors()
    print("| head's width, of the longer side | " + " | ".join(detectors) + " |")
    print("|---" * (1 + len(detectors)) + "|")
    for share in SHARES:
        _report(f"1/{share}", detectors, list(_pictures(share)))
    _report("none", detectors, list(_pictures(0)))


def _detectors() -> dict[str, Any]:
    found: dict[str, Any] = {"ours": face.create(ENV)}
    if importlib.util.find_spec("cv2"):
        import cv2  # noqa: PLC0415

        path = cv2.data.haarcascades + CascadeSettings().face_detector_cascade_file
        found["Thumbor's"] = face.create(
            type("Env", (), {"section": lambda _, kind: kind(face_detector_cascade_file=path)})()
        )
    return found


def _pictures(share: int) -> Iterator[tuple[Image.Image, Box | None]]:
    """Pictures with a head of this share of their longer side; without one for 0."""
    for number in range(EACH):
        chance = random.Random(f"{share} {number}")
        width, height = (ENLARGED * side for side in SIZES[number % len(SIZES)])
        image = ground(chance, (width, height))
        if not share:
            yield image, None
            continue
        made, mask, head = bust(chance, HEADS * max(image.size) / share)
        x = chance.randint(min(0, width - made.width), max(0, width - made.width))
        y = chance.randint(0, max(0, height - made.height))
        image.paste(made, (x, y), mask)
        yield image, (head[0] + x, head[1] + y, head[2] + x, head[3] + y)


def _report(
    title: str, detectors: dict[str, Any], some: list[tuple[Image.Image, Box | None]]
) -> None:
    cells = []
    for detector in detectors.values():
        hits, taken = [], []
        for image, head in some:
            small = image.copy()
            small.thumbnail((PROBE, PROBE))
            begun = time.process_time()
            points = detector.detect(small)
            taken.append(time.process_time() - begun)
            by = image.width / small.width
            hits.append(_is_hit([(each.x * by, each.y * by) for each in points], head))
        cells.append(
            f"{100 * statistics.mean(hits):.0f}% in {1000 * statistics.median(taken):.0f} ms"
        )
    print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


def _is_hit(points: list[tuple[float, float]], head: Box | None) -> bool:
    """Whether the head is found; where there is none, whether anything is."""
    if head is None:
        return bool(points)
    left, top, right, bottom = head
    return any(left <= x <= right and top <= y <= bottom for x, y in points)


if __name__ == "__main__":
    main()
