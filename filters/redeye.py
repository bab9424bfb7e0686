"""`red_eye`: pupils that a flash made red become dark."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from thumborlike.filtering import Frame, pixel_filter

from ._pupils import Pupil, pupils_of, red_mask
from ._views import rgb_view

_MASK_SIDE = 64
"""Pixels; masks of larger pupils are made small and enlarged."""

_MARGIN = 0.35
"""Of a pupil's side, by which its surroundings are looked at too."""


@pixel_filter
def red_eye(frame: Frame) -> Frame:
    """Make pupils dark that a flash made red. Off by default: add `redeye` to FILTERS.

    Where faces are known, red in their eyes is taken out. Elsewhere an eye must be recognisable
    as one: a round red pupil of at least 3 pixels when the picture is seen with sides up to 1024,
    white of the eye next to it, skin around. Call it before filters that
    move the picture or change its colours. Pupils that are orange or white, as animals
    have them, stay. With THUMBOR_QUIRKS nothing happens unless faces are known.
    """
    if frame.quirks and not frame.faces:
        return frame
    seen = rgb_view(frame.image)
    plain = seen.convert("RGB")
    pupils = pupils_of(plain, frame.faces)
    if not pupils:
        return frame
    cured = plain.copy()
    for pupil in pupils:
        _cure(cured, pupil)
    if seen.mode == "RGBA":
        cured.putalpha(seen.getchannel("A"))
    return frame.with_image(cured)


def _cure(image: Image.Image, pupil: Pupil) -> None:
    """Thumbor 7.8: what is red there gets the mean of its green and blue in all channels."""
    left, top, right, bottom = pupil.box
    wide, high = (right - left) * _MARGIN + 1, (bottom - top) * _MARGIN + 1
    box = (
        max(int(left - wide), 0),
        max(int(top - high), 0),
        min(int(right + wide) + 1, image.width),
        min(int(bottom + high) + 1, image.height),
    )
    area = image.crop(box)
    _, green, blue = area.split()
    grey = ImageChops.add(green, blue, scale=2)
    image.paste(Image.merge("RGB", (grey, grey, grey)), box, _soft_mask(area, wide, high))


def _soft_mask(area: Image.Image, wide: float, high: float) -> Image.Image:
    """The red of the area, closed over glints and with soft edges, within an ellipse."""
    scale = min(1.0, _MASK_SIDE / max(area.size))
    size = max(1, round(area.width * scale)), max(1, round(area.height * scale))
    small = area.resize(size, Image.Resampling.BOX)
    reach = max(3, int(min(wide, high) * scale) | 1)
    red = red_mask(small).filter(ImageFilter.MaxFilter(reach)).filter(ImageFilter.MinFilter(reach))
    red = red.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(reach / 6))
    ellipse = Image.new("L", size)
    ImageDraw.Draw(ellipse).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=255)
    return ImageChops.darker(red, ellipse).resize(area.size, Image.Resampling.BILINEAR)
