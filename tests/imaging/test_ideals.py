"""What is better than Thumbor 7.8 on purpose, and what is as odd as there: shown on pictures."""

import io
import struct

import pytest
from PIL import Image


def values(picture):
    """The tones of a 16-bit or 8-bit grey picture, as 8-bit ones."""
    if not picture.mode.startswith("I"):
        return sorted(picture.convert("L").tobytes())
    raw = picture.convert("I;16").tobytes()
    return sorted(each >> 8 for (each,) in struct.iter_unpack("<H", raw))


@pytest.mark.parametrize("source", ["kinds/grey-16-full.png", "kinds/deep.tiff", "kinds/wide.tiff"])
@pytest.mark.parametrize(
    "operations",
    [
        "48x36",
        "48x36/filters:format(jpeg)",
        "48x36/filters:format(webp)",
        "48x36/filters:brightness(0)",
        "48x36/filters:grayscale()",
        "trim/48x36",
    ],
)
def test_deep_greys_keep_their_tonal_range(picture, source, operations):
    tones = values(picture(operations, source))
    assert tones[len(tones) // 10] < 110
    assert len(set(tones)) > 40
    assert sum(tone > 250 for tone in tones) < len(tones) // 20


def test_deep_greys_stay_deep_in_png(picture):
    made = picture("48x36", "kinds/grey-16-full.png")
    raw = made.convert("I;16").tobytes()
    assert made.mode == "I;16"
    assert any(low != high for low, high in struct.iter_unpack("BB", raw))


@pytest.mark.parametrize("quirks", [True, False])
def test_a_trimmed_grey_stays_grey(answer, quirks):
    made = answer("trim", "kinds/grey-4.png", thumbor_quirks=quirks)
    assert Image.open(io.BytesIO(made.body)).mode == "L"


@pytest.mark.parametrize("quirks", [True, False])
def test_a_trimmed_gif_stays_clear(answer, quirks):
    made = answer("trim", "kinds/clear-still.gif", thumbor_quirks=quirks)
    alpha = Image.open(io.BytesIO(made.body)).convert("RGBA").getchannel("A")
    assert alpha.getextrema() == (0, 255)


def test_the_transparent_colour_of_one_bit_survives_a_resize(picture):
    made = picture("61x43", "kinds/one-bit-key.png")
    assert made.mode == "1"
    alpha = made.convert("RGBA").getchannel("A")
    assert alpha.getextrema() == (0, 255)


def test_a_palette_tiff_becomes_a_full_png_unless_png_is_asked_for(picture):
    assert picture("61x43", "kinds/palette.tiff").mode == "RGB"
    assert picture("61x43/filters:format(png)", "kinds/palette.tiff").mode == "P"


@pytest.mark.parametrize("source", ["kinds/lab.tiff", "kinds/ycbcr.tiff"])
def test_odd_tiffs_show_their_own_colours(picture, source):
    red, green, blue = picture("1x1", source).convert("RGB").getpixel((0, 0))
    assert blue > red
    assert green > red


def test_ycck_is_read_like_cmyk(picture):
    ycck = picture("4x4/filters:format(png)", "kinds/ycck.jpg").convert("RGB")
    plain = picture("4x4/filters:format(png)", "kinds/cmyk-turned.jpg").convert("RGB")
    apart = [abs(a - b) for a, b in zip(ycck.tobytes(), plain.tobytes(), strict=True)]
    assert sum(apart) / len(apart) < 4


def test_looking_for_transparency_leaves_a_palette_as_it_is():
    from thumborlike.imaging.color import has_visible_transparency

    image = Image.new("P", (4, 4))
    image.putpalette([220, 60, 40, 30, 60, 160])
    image.info["transparency"] = 1
    image.putpixel((0, 0), 1)
    assert has_visible_transparency(image)
    saved = io.BytesIO()
    image.save(saved, "GIF")
    assert Image.open(saved).convert("RGB").getpixel((3, 3)) == (220, 60, 40)
