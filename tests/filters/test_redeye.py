"""`red_eye()`, on drawn faces and on red things that are no eyes."""

import time

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from thumborlike.filter_docs import builtin_registry
from thumborlike.filtering import Frame, bind
from thumborlike.finding import find_module
from thumborlike.geometry import SourceInfo, plan
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Layout

SKIN = (222, 172, 145)
RED = (205, 35, 45)
RED_EYE = builtin_registry()["red_eye"]


def disc(draw, x, y, radius, color, high=None):
    high = high or radius
    draw.ellipse((x - radius, y - high, x + radius, y + high), fill=color)


def finished(image):
    """Half the size and a little soft, as a camera sees it."""
    small = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    return small.filter(ImageFilter.GaussianBlur(1))


def face(pupil=RED, skin=SKIN, iris=(85, 60, 40), lips=(190, 70, 80), extra=()):
    image = Image.new("RGB", (1200, 1400), (70, 90, 120))
    draw = ImageDraw.Draw(image)
    disc(draw, 600, 700, 430, skin, 590)
    for x in (380, 820):
        disc(draw, x, 590, 88, (70, 45, 35), 44)
        disc(draw, x, 592, 84, (232, 228, 225), 38)
        disc(draw, x, 590, 44, iris, 40)
        disc(draw, x, 590, 28, pupil)
        disc(draw, x - 10, 580, 6, (255, 240, 240))
    disc(draw, 600, 980, 120, lips, 40)
    for x, y, radius in extra:
        disc(draw, x, y, radius, RED)
    return finished(image)


def things(ground, draw_them):
    image = Image.new("RGB", (1200, 800), ground)
    draw_them(ImageDraw.Draw(image))
    return finished(image)


def balls(draw):
    for x, y, radius in ((160, 160, 20), (400, 300, 60), (700, 600, 120), (1000, 200, 36)):
        disc(draw, x, y, radius, RED)
        disc(draw, x - radius // 3, y - radius // 3, radius // 5, (255, 220, 220))


def strawberries(draw):
    for x, y in ((200, 200), (500, 400), (800, 240)):
        draw.polygon(((x - 80, y), (x + 80, y), (x, y + 120)), fill=RED)
        disc(draw, x, y, 80, RED, 40)
        disc(draw, x, y - 28, 60, (60, 130, 50), 18)


def traffic_lights(draw):
    for x in (240, 660, 1000):
        draw.rectangle((x - 60, 120, x + 60, 480), fill=(25, 25, 28))
        for y, color in ((190, (225, 30, 30)), (300, (70, 60, 20)), (410, (20, 60, 30))):
            disc(draw, x, y, 40, color)


def text(draw):
    draw.text((40, 80), "o0 .:; RED Oo%", fill=RED, font=ImageFont.load_default(80))
    draw.text((40, 320), "iii ooo ... small red letters", fill=RED, font=ImageFont.load_default(32))


def plates(draw):
    for x in range(160, 1200, 200):
        disc(draw, x, 240, 40 + x // 20, (250, 250, 248))
        disc(draw, x, 240, 24, RED)
        disc(draw, x, 560, 36, (30, 25, 25))
        disc(draw, x, 560, 20, RED)


def redness(image):
    red, green, blue = image.convert("RGB").getpixel((300, 300)), 0, 0
    red, green, blue = image.convert("RGB").getpixel((192, 297))
    return red - max(green, blue)


@pytest.mark.parametrize(
    "drawn",
    [
        {},
        {"skin": (120, 80, 60), "lips": (120, 50, 55)},
        {"iris": (90, 120, 160)},
        {"pupil": (240, 60, 70)},
        {"pupil": (130, 30, 35)},
    ],
)
@pytest.mark.parametrize("size", [(600, 700), (240, 280), (1800, 2100)])
def test_red_pupils_become_dark_and_nothing_else_changes(drawn, size):
    before = face(**drawn).resize(size)
    after = RED_EYE(Frame(before)).image
    at = round(size[0] * 0.32), round(size[1] * 0.424)
    red, green, blue = after.getpixel(at)
    assert red - max(green, blue) <= 12
    untouched = (0, int(size[1] * 0.48), *size)
    assert after.crop(untouched).tobytes() == before.crop(untouched).tobytes()


@pytest.mark.parametrize("ground", ["white", (60, 120, 50), SKIN, (20, 20, 25), (222, 190, 160)])
@pytest.mark.parametrize("thing", [balls, strawberries, traffic_lights, text, plates])
def test_what_is_red_and_no_eye_stays(ground, thing):
    image = things(ground, thing)
    assert RED_EYE(Frame(image)).image is image


@pytest.mark.parametrize(
    "drawn",
    [
        {"pupil": (20, 18, 18)},
        {"pupil": (20, 18, 18), "lips": RED},
        {"pupil": (20, 18, 18), "extra": ((600, 420, 20), (180, 700, 20), (600, 800, 40))},
    ],
)
def test_faces_without_red_eyes_stay(drawn):
    image = face(**drawn)
    assert RED_EYE(Frame(image)).image is image


def test_alpha_stays():
    image = face().convert("RGBA")
    image.putalpha(77)
    assert RED_EYE(Frame(image)).image.getchannel("A").getextrema() == (77, 77)


def test_faces_say_where_to_look():
    image = face(iris=SKIN)
    right_half = ((300.0, 50.0, 600.0, 650.0),)
    cured = RED_EYE(Frame(image, faces=((100.0, 50.0, 500.0, 650.0),))).image
    assert cured.getpixel((192, 297)) != image.getpixel((192, 297))
    assert cured.getpixel((300, 490)) == image.getpixel((300, 490))
    other = RED_EYE(Frame(image, faces=right_half)).image
    assert other.getpixel((192, 297)) == image.getpixel((192, 297))


def test_with_quirks_nothing_happens_without_faces():
    image = face()
    assert RED_EYE(Frame(image, quirks=True)).image is image


def test_a_face_is_where_the_result_shows_it():
    point = FocalPoint(100, 50, width=40, height=20, origin="Face Detection")
    layout = Layout(width=100, height=100, focal_points=(point,), flip_horizontal=True)
    (placed,) = plan(layout, SourceInfo("jpeg", 400, 200, "RGB")).placed
    assert (placed.width, placed.height) == (20, 10)
    assert (placed.x, placed.y) == (50, 25)


def test_red_noise_costs_little():
    image = Image.effect_noise((1024, 1024), 120).convert("L")
    noisy = Image.merge("RGB", (image, Image.new("L", image.size, 40), Image.new("L", image.size)))
    started = time.process_time()
    assert RED_EYE(Frame(noisy)).image is noisy
    assert time.process_time() - started < 1


def test_it_has_thumbors_names():
    assert find_module("filters", "thumbor.filters.redeye").red_eye is RED_EYE
    assert bind("red_eye()", {"red_eye": RED_EYE})
