import importlib.util
import random

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from thumborlike.geometry import Plan
from thumborlike.imaging import resize, scaling

RESAMPLING = Image.Resampling
needs_resizer = pytest.mark.skipif(
    not importlib.util.find_spec("cykooz_resizer"), reason="needs the extra fast"
)


def drawn(mode, size=(300, 200)):
    noise = Image.frombytes("RGB", size, random.Random(3).randbytes(size[0] * size[1] * 3))
    image = Image.blend(noise, Image.radial_gradient("L").resize(size).convert("RGB"), 0.8)
    ImageDraw.Draw(image).rectangle((40, 30, 160, 120), fill=(200, 40, 90))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(size))
        return image
    return image.convert(mode)


def gap(one, other):
    """Mean difference of what is seen: colours count as far as they are opaque."""
    if one.mode == "RGBA":
        assert gap(one.getchannel("A"), other.getchannel("A")) < 0.6
        grey = Image.new("RGBA", one.size, (128, 128, 128, 255))
        one, other = (Image.alpha_composite(grey, each).convert("RGB") for each in (one, other))
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@needs_resizer
@pytest.mark.parametrize("size", [(120, 80), (299, 40), (33, 21), (900, 500)])
@pytest.mark.parametrize("box", [(0, 0, 300, 200), (10.5, 3.25, 290.75, 199.9)])
@pytest.mark.parametrize("name", sorted(scaling.FILTERS.values()))
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_the_fast_resizer_agrees_with_pillow(mode, name, box, size):
    image = drawn(mode)
    image.info["dpi"] = (72, 72)
    resample = next(key for key, value in scaling.FILTERS.items() if value == name)
    fast = scaling.scaled(image, size, resample, box)
    exact = scaling.scaled(image, size, resample, box, exact=True)
    assert (fast.size, fast.mode, fast.info) == (size, mode, image.info)
    assert gap(fast, exact) < 1


@needs_resizer
def test_a_box_that_ends_a_rounding_error_too_far():
    box = (0.1, 0.0, 300.0000000001, 200.0)
    made = scaling.scaled(drawn("RGB"), (90, 70), RESAMPLING.LANCZOS, box)
    assert made.size == (90, 70)


@pytest.mark.parametrize("exact", [False, True])
def test_clear_pixels_lend_no_colour(exact):
    image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 200, 400))
    made = scaling.scaled(image, (41, 41), RESAMPLING.LANCZOS, (0, 0, 400, 400), exact)
    seen = [made.getpixel((x, 20)) for x in range(41)]
    assert all(red <= 2 for red, _, _, alpha in seen if alpha > 16)


def test_another_pillow_is_left_alone(monkeypatch):
    monkeypatch.setattr(scaling.PIL, "__version__", "99.0.0")
    scaling._resizer.cache_clear()
    try:
        assert scaling._resizer() is None
        made = scaling.scaled(drawn("RGB"), (90, 70), RESAMPLING.LANCZOS, (0, 0, 300, 200))
        assert made.size == (90, 70)
    finally:
        scaling._resizer.cache_clear()


def test_modes_that_only_pillow_knows():
    image = drawn("L").convert("LA")
    made = scaling.scaled(image, (90, 70), RESAMPLING.LANCZOS, (0, 0, 300, 200))
    assert (made.mode, made.size) == ("LA", (90, 70))


@pytest.mark.parametrize("mode", ["I;16", "LA", "I", "F", "CMYK", "L"])
def test_much_smaller_in_every_mode(mode):
    image = drawn("L").convert("I").convert(mode) if mode == "I;16" else drawn("L").convert(mode)
    made = scaling.scaled(image, (12, 9), RESAMPLING.LANCZOS, (0, 0, 300, 200))
    assert (made.mode, made.size) == (mode, (12, 9))


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((100.0, 0.0, 2600.0, 1900.0), (900, 680)),
        ((10.5, 20.25, 2890.75, 1890.0), (1100, 700)),
        ((0.0, 0.0, 2500.0, 1900.0), (250, 190)),
        ((3.0, 4.0, 2403.0, 1804.0), (2400, 1800)),
    ],
)
def test_large_pictures_need_no_copy_of_the_box(mode, box, size):
    image = drawn(mode, (2900, 1900))
    plan = Plan(1, box, size, False, False, False, size, (), (0, 0), ())
    cut, inner = resize.cut(image, box)
    whole = cut.resize(size, RESAMPLING.LANCZOS, inner)
    assert gap(resize.made(image, plan, RESAMPLING.LANCZOS, None), whole) < 1


def test_nothing_outside_the_box_shines_in():
    image = Image.new("RGB", (2900, 1900), "white")
    image.paste("black", (0, 0, 2500, 1900))
    for size in ((500, 380), (1000, 760), (200, 152)):
        box = (0.0, 0.0, 2500.0, 1900.0)
        plan = Plan(1, box, size, False, False, False, size, (), (0, 0), ())
        made = resize.made(image, plan, RESAMPLING.LANCZOS, None)
        assert made.getextrema() == ((0, 0), (0, 0), (0, 0))
