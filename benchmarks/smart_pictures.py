"""Labelled pictures for smart cropping: drawn, with one face of the public domain set into some."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageOps

ASTRONAUT = Path(__file__).parent.parent / "tests" / "detectors" / "astronaut.jpg"
"""NASA, public domain. Her head: `HEAD`, in its 320 x 320 pixels."""

HEAD = (95, 20, 190, 130)
EACH = 14
"""Pictures of each class."""

Box = tuple[float, float, float, float]
SIZES = ((640, 400), (400, 640), (800, 300), (500, 500))


@dataclass(frozen=True)
class Labelled:
    """A picture, its class, and the box of its subject."""

    name: str
    kind: str
    image: Image.Image
    subject: Box


def pictures(seed: str = "") -> Iterator[Labelled]:
    """All of them, but for their grain the same each time.

    `seed` none: those that saliency was tuned on. With another word others are drawn.
    """
    for kind, draw in KINDS.items():
        for number in range(EACH):
            chance = random.Random(f"{seed}{kind} {number}")
            behind = ground(chance, SIZES[number % len(SIZES)])
            image, subject = draw(chance, behind)
            yield Labelled(f"{kind}-{number:02}", kind, image, subject)


def ground(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Sky over land, a wall, or a room: soft colours with grain."""
    first, second = (tuple(chance.randint(60, 190) for _ in range(3)) for _ in range(2))
    grey = [round((one + other) / 2) for one, other in zip(first, second, strict=True)]
    fade = Image.linear_gradient("L").resize(size)
    if chance.random() < 0.4:
        fade = fade.point(lambda value: 255 if value > 150 else 0).filter(ImageFilter.BoxBlur(3))
    plain = Image.composite(
        Image.new("RGB", size, tuple(grey)), Image.new("RGB", size, first), fade
    )
    grain = Image.effect_noise(size, chance.choice((10, 25, 50))).convert("RGB")
    return Image.blend(plain, grain, chance.choice((0.05, 0.12, 0.2)))


def _place(chance: random.Random, image: Image.Image, side: float) -> tuple[float, float]:
    """The corner of a subject, anywhere that it fits."""
    return (
        chance.uniform(0, max(image.width - side, 0)),
        chance.uniform(0, max(image.height - side, 0)),
    )


def _subject_side(chance: random.Random, image: Image.Image) -> float:
    return min(image.size) * chance.uniform(0.25, 0.5)


def _object(chance: random.Random, image: Image.Image) -> tuple[Image.Image, Box]:
    """A thing of strong colour with a lit edge, before quieter things."""
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = _place(chance, image, 50)
        tone = chance.randint(70, 150)
        pen.rectangle((x, y, x + chance.randint(20, 70), y + 40), fill=(tone, tone, tone - 15))
    side = _subject_side(chance, image)
    x, y = _place(chance, image, side)
    colour = chance.choice(("crimson", "gold", "dodgerblue", "limegreen", "darkorange"))
    box = (x, y, x + side, y + side)
    chance.choice((pen.ellipse, pen.rectangle))(box, fill=colour, outline="white", width=3)
    return image, box


def _animal(chance: random.Random, image: Image.Image) -> tuple[Image.Image, Box]:
    """Fur of brown shades, with eyes, ears and a tail, nearly as the ground."""
    side = _subject_side(chance, image)
    x, y = _place(chance, image, side)
    pen = ImageDraw.Draw(image)
    fur = tuple(round(each * chance.uniform(0.5, 0.9)) for each in (180, 120, 70))
    pen.ellipse((x, y + side * 0.35, x + side * 0.8, y + side), fill=fur)
    pen.ellipse((x + side * 0.55, y + side * 0.1, x + side, y + side * 0.55), fill=fur)
    for ear in (0.6, 0.85):
        corner = x + side * ear
        pen.polygon(((corner, y + side * 0.2), (corner + side * 0.06, y),
                     (corner + side * 0.12, y + side * 0.2)), fill=fur)  # fmt: skip
        eye = x + side * (ear + 0.06), y + side * 0.3
        pen.ellipse((eye[0] - 4, eye[1] - 4, eye[0] + 4, eye[1] + 4), fill="white")
        pen.ellipse((eye[0] - 2, eye[1] - 2, eye[0] + 2, eye[1] + 2), fill="black")
    for _ in range(int(side * 4)):
        a, b = x + chance.random() * side * 0.8, y + side * (0.4 + 0.55 * chance.random())
        shade = chance.randint(-30, 30)
        if image.getpixel((min(int(a), image.width - 1), min(int(b), image.height - 1))) == fur:
            pen.line((a, b, a + 3, b + 2), fill=tuple(max(each + shade, 0) for each in fur))
    return image, (x, y, x + side, y + side)


def _landscape(chance: random.Random, image: Image.Image) -> tuple[Image.Image, Box]:
    """Hills, and one house or tree on them."""
    pen = ImageDraw.Draw(image)
    width, height = image.size
    level = height * chance.uniform(0.5, 0.75)
    wave = chance.uniform(0.005, 0.02)
    hills = [(x, level + math.sin(x * wave) * height * 0.08) for x in range(0, width + 5, 5)]
    pen.polygon([*hills, (width, height), (0, height)], fill=(70, 105, 60))
    side = _subject_side(chance, image) * 0.7
    x = chance.uniform(0, width - side)
    top = min(max(level - side * 0.7, 0), height - side)
    if chance.random() < 0.5:
        pen.rectangle((x, top + side * 0.4, x + side, top + side), fill="linen", outline="sienna")
        pen.polygon(((x, top + side * 0.4), (x + side / 2, top), (x + side, top + side * 0.4)),
                    fill="firebrick")  # fmt: skip
    else:
        pen.rectangle(
            (x + side * 0.4, top + side * 0.5, x + side * 0.6, top + side), fill="saddlebrown"
        )
        pen.ellipse((x, top, x + side, top + side * 0.7), fill=(30, 70, 30))
    return image, (x, top, x + side, top + side)


def bust(chance: random.Random, side: float) -> tuple[Image.Image, Image.Image, Box]:
    """The astronaut cut out by an ellipse, her mask, and her head's box."""
    whole = Image.open(ASTRONAUT).convert("RGB").crop((50, 0, 240, 190))
    head = [HEAD[0] - 50, HEAD[1], HEAD[2] - 50, HEAD[3]]
    if chance.random() < 0.5:
        whole = ImageOps.mirror(whole)
        head[0], head[2] = 190 - head[2], 190 - head[0]
    scale = side / 190
    made = whole.resize((round(side), round(side)), Image.Resampling.LANCZOS)
    bright = chance.uniform(0.7, 1.1)
    made = made.point([min(round(value * bright), 255) for value in range(256)] * 3)
    mask = Image.new("L", made.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *made.size), side / 3, fill=255)
    return made, mask.filter(ImageFilter.GaussianBlur(2)), tuple(each * scale for each in head)


def _person(chance: random.Random, image: Image.Image) -> tuple[Image.Image, Box]:
    """One face, with a brightly coloured thing elsewhere."""
    pen = ImageDraw.Draw(image)
    side = min(image.size) * chance.uniform(0.5, 0.9)
    made, mask, head = bust(chance, side)
    x, y = (round(each) for each in _place(chance, image, side))
    far = (image.width - 70) * (x < image.width / 3), (image.height - 70) * (y < image.height / 3)
    pen.ellipse((*far, far[0] + 60, far[1] + 60), fill=chance.choice(("crimson", "gold", "lime")))
    image.paste(made, (x, y), mask)
    return image, (head[0] + x, head[1] + y, head[2] + x, head[3] + y)


def _group(chance: random.Random, image: Image.Image) -> tuple[Image.Image, Box]:
    """Two faces side by side at one end, a bright thing at the other."""
    upright = image.height > image.width
    turned = image.transpose(Image.Transpose.ROTATE_90) if upright else image
    side = turned.height * chance.uniform(0.45, 0.6)
    boxes, left = [], chance.choice((0.0, turned.width - 1.7 * side))
    spot = turned.width - 70 if left < turned.width / 4 else 10
    ImageDraw.Draw(turned).ellipse((spot, 20, spot + 60, 80), fill="gold")
    for number in range(2):
        made, mask, head = bust(chance, side)
        x, y = round(left + number * side * 0.75), round(turned.height - side)
        turned.paste(made, (x, y), mask)
        boxes.append((head[0] + x, head[1] + y, head[2] + x, head[3] + y))
    return turned, (boxes[0][0], min(each[1] for each in boxes), boxes[1][2],
                    max(each[3] for each in boxes))  # fmt: skip


KINDS: dict[str, Callable[[random.Random, Image.Image], tuple[Image.Image, Box]]] = {
    "object": _object,
    "animal": _animal,
    "landscape": _landscape,
    "person": _person,
    "group": _group,
}
