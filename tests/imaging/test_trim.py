"""Bounds of content; the tables are answers of Thumbor 7.8 on a 100x80 picture."""

import pytest
from PIL import Image

from thumborlike.imaging.trim import find_trim
from thumborlike.url.values import Trim

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)


def paper(*boxes, color=BLACK):
    image = Image.new("RGB", (100, 80), WHITE)
    for box in boxes:
        image.paste(color, box)
    return image


HALVES = paper((50, 0, 100, 80))
HALVES.paste(RED, (20, 20, 70, 60))
GREYS = Image.new("RGB", (100, 80), (250, 250, 250))
GREYS.paste((240, 240, 240), (10, 10, 90, 70))
GREYS.paste(RED, (30, 30, 50, 60))

LINE = paper((40, 10, 41, 70))
STRAY = paper((10, 20, 41, 61), (70, 65, 71, 66))
PIXEL = paper((40, 40, 41, 41))


@pytest.mark.parametrize(
    ("image", "trim", "thumbor", "ours"),
    [
        (paper((10, 20, 60, 70)), Trim(), (10, 20, 60, 70), (10, 20, 60, 70)),
        (LINE, Trim(), None, (40, 10, 41, 70)),
        (paper((99, 79, 100, 80)), Trim(), None, (99, 79, 100, 80)),
        (paper((0, 10, 1, 70)), Trim(), (0, 10, 1, 70), (0, 10, 1, 70)),
        (paper((10, 20, 61, 21)), Trim(), (10, 20, 61, 21), (10, 20, 61, 21)),
        (STRAY, Trim(), (10, 20, 41, 66), (10, 20, 71, 66)),
        (PIXEL, Trim(), None, (40, 40, 41, 41)),
        (paper((40, 40, 42, 41)), Trim(), (40, 40, 42, 41), (40, 40, 42, 41)),
        (HALVES, Trim("top-left"), (20, 0, 100, 80), (20, 0, 100, 80)),
        (HALVES, Trim("bottom-right"), (0, 0, 70, 80), (0, 0, 70, 80)),
        (HALVES, Trim(None, 50), (0, 0, 70, 80), (20, 0, 100, 80)),
        (GREYS, Trim("top-left", 17), (10, 10, 90, 70), (10, 10, 90, 70)),
        (GREYS, Trim("top-left", 18), (30, 30, 50, 60), (30, 30, 50, 60)),
        (paper(), Trim(), None, None),
        (GREYS, Trim("top-left", 500), None, None),
    ],
)
def test_bounds(image, trim, thumbor, ours):
    assert find_trim(image, trim, quirks=True) == thumbor
    assert find_trim(image, trim, quirks=False) == ours


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "CMYK"])
def test_every_mode(mode):
    image = paper((10, 20, 60, 70)).convert(mode)
    assert find_trim(image, Trim(None, 0), quirks=False) == (10, 20, 60, 70)


def test_alpha_counts_as_a_channel():
    image = Image.new("RGBA", (50, 40), (9, 9, 9, 0))
    image.paste((9, 9, 9, 255), (5, 6, 20, 30))
    assert find_trim(image, Trim(), quirks=False) == (5, 6, 20, 30)
    assert find_trim(image, Trim("top-left", 254), quirks=False) == (5, 6, 20, 30)
    assert find_trim(image, Trim("top-left", 255), quirks=False) is None


@pytest.mark.parametrize("tolerance", [0, 40])
@pytest.mark.parametrize("quirks", [True, False])
def test_pictures_of_many_strips(tolerance, quirks):
    image = Image.new("RGB", (1000, 700), WHITE)
    for box in ((300, 130, 302, 131), (20, 400, 500, 401), (600, 650, 990, 693)):
        image.paste(RED, box)
    assert find_trim(image, Trim("top-left", tolerance), quirks) == (20, 130, 990, 693)
