from __future__ import annotations

from PIL import ImageDraw, ImageFont

from thumborlike.filtering import Frame, pixel_filter
from thumborlike.interfaces import FocalPoint

from ._found import boxes_of
from ._views import bare, rgb_view

MOST = 100
"""Finds that are drawn, those first that weigh most."""

COLORS = ("#ffd000", "#00e0ff", "#ff50c8", "#70ff50", "#ff8040")
"""A kind has the same one in all pictures, or shares it with another."""

CELLS = "Saliency"
"""Finds that are too many to be named each."""

LETTERS = 1 / 30
"""Height of the letters in sides of the picture, within bounds."""


@pixel_filter(ours=True, seeks="anything")
def draw_detections(frame: Frame) -> Frame:
    """Draw a box round everything that detection found, with its kind and how sure it is.

    To look at what `smart` and `redact` go by; DETECTORS are asked as for `smart`. It runs before
    other filters, wherever it stands. Animations show what was found in their first frame.
    """
    found = sorted(frame.seen(), key=lambda each: -each.weight)[:MOST]
    drawn = bare(rgb_view(frame.image))
    pen = ImageDraw.Draw(drawn)
    letters = min(max(round(max(drawn.size) * LETTERS), 10), 40)
    font = ImageFont.load_default(letters)
    cells = [each for each in found if each.origin == CELLS][1:]
    for each in reversed(found):
        for left, top, right, bottom in boxes_of([each], drawn.size):
            color = COLORS[sum(each.origin.encode()) % len(COLORS)]
            line = max(letters // 8, 1)
            pen.rectangle((left, top, right - 1, bottom - 1), outline=color, width=line)
            if each not in cells:
                _name(pen, each, (left, top, drawn.width), font, color)
    return frame.with_image(drawn)


def _name(
    pen: ImageDraw.ImageDraw,
    found: FocalPoint,
    place: tuple[int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    color: str,
) -> None:
    """Kind and confidence, black on the box's colour: above it, or within at the picture's top.

    `place`: the box's left and top, and the width of the picture.
    """
    text = f"{found.origin[:40]} {found.confidence:.0%}".encode("ascii", "replace").decode()
    _, _, width, height = pen.textbbox((0, 0), text, font=font)
    left = max(min(place[0], int(place[2] - width - 2)), 0)
    above = int(place[1] - height - 2)
    top = above if above >= 0 else place[1]
    pen.rectangle((left, top, left + width + 2, top + height + 2), fill=color)
    pen.text((left + 1, top), text, font=font, fill="black")
