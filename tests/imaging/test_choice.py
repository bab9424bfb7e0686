import io

import pytest
from PIL import Image

from thumborlike.imaging import decoders

ALL = "image/avif,image/webp,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("name", "keys", "accept", "expected"),
    [
        ("photo.jpg", {}, ALL, "image/jpeg"),
        ("photo.jpg", {"auto_webp": True}, ALL, "image/webp"),
        ("photo.jpg", {"auto_webp": True}, "image/jpeg", "image/jpeg"),
        ("photo.jpg", {"auto_webp": True, "auto_avif": True}, ALL, "image/webp"),
        ("photo.jpg", {"auto_avif": True}, ALL, "image/avif"),
        ("photo.jpg", {"auto_image_format_preference": ("avif", "webp")}, ALL, "image/avif"),
        ("photo.jpg", {"auto_webp": True}, "image/webp;q=0", "image/jpeg"),
        ("moving.gif", {"auto_webp": True}, ALL, "image/gif"),
        ("still.gif", {"auto_webp": True}, ALL, "image/webp"),
        ("rgb.png", {"auto_jpg": True}, ALL, "image/jpeg"),
        ("rgba.png", {"auto_jpg": True}, ALL, "image/png"),
        ("rgb.png", {"auto_png_to_jpg": True}, None, "image/jpeg"),
        ("rgba.png", {"auto_png_to_jpg": True}, None, "image/png"),
        ("palette-alpha.png", {"auto_png_to_jpg": True}, None, "image/png"),
        ("lossy.webp", {"auto_png_to_jpg": True}, None, "image/webp"),
        ("photo.jpg", {"auto_png": True}, "image/png", "image/png"),
        ("rgb.tiff", {}, None, "image/png"),
        ("rgb.bmp", {}, None, "image/jpeg"),
        ("photo.jp2", {}, None, "image/jpeg"),
        ("photo.avif", {}, None, "image/avif"),
    ],
)
def test_which_format_comes_out(answer, name, keys, accept, expected):
    assert answer("40x40", name, accept=accept, **keys).media_type == expected


def test_the_format_filter_wins(answer):
    made = answer("40x40/filters:format(png)", "photo.jpg", accept=ALL, auto_webp=True)
    assert made.media_type == "image/png"


def test_a_format_without_encoder_leaves_the_sources(answer, monkeypatch):
    monkeypatch.setattr(decoders, "installed", lambda name: False)
    assert answer("40x40/filters:format(heic)", "rgb.png").media_type == "image/png"


WEBP, AVIF, MOVING = {"auto_webp": True}, {"auto_avif": True}, {"auto_animated": True}
FIRST_AVIF = {"auto_image_format_preference": ("avif", "webp", "jpg")}


@pytest.mark.parametrize(
    ("name", "keys", "accept", "expected"),
    [
        ("clear-moving.gif", WEBP | MOVING, ALL, "image/webp"),
        ("clear-moving.gif", AVIF | MOVING, ALL, "image/avif"),
        ("clear-moving.gif", FIRST_AVIF | MOVING, ALL, "image/avif"),
        ("clear-moving.gif", FIRST_AVIF | MOVING, "image/webp,*/*", "image/webp"),
        ("clear-moving.gif", FIRST_AVIF | MOVING, "image/avif;q=0,image/webp;q=0.1", "image/webp"),
        ("clear-moving.gif", FIRST_AVIF | MOVING, "image/jpeg,*/*", "image/gif"),
        ("clear-moving.gif", WEBP | MOVING, "image/png", "image/gif"),
        ("clear-moving.gif", {"auto_jpg": True, "auto_png": True} | MOVING, ALL, "image/gif"),
        ("clear-moving.gif", WEBP | MOVING | {"thumbor_quirks": True}, ALL, "image/gif"),
        ("clear-moving.gif", WEBP, ALL, "image/gif"),
        ("clear-moving.gif", MOVING, ALL, "image/gif"),
        ("moving.png", WEBP | MOVING, ALL, "image/webp"),
        ("moving.png", {"auto_png_to_jpg": True, "auto_jpg": True} | MOVING, ALL, "image/png"),
        ("moving.avif", WEBP | MOVING, ALL, "image/webp"),
        ("moving.webp", AVIF | MOVING, "image/webp", "image/webp"),
    ],
)
def test_animations_keep_frames_times_and_transparency(answer, name, keys, accept, expected):
    made = answer("48x36", name, accept=accept, **keys)
    assert made.media_type == expected
    image = Image.open(io.BytesIO(made.body))
    durations = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        durations.append(image.info["duration"])
        assert image.convert("RGBA").getchannel("A").getextrema()[0] < 40
    assert durations == [40, 70, 200, 100, 330]


def test_what_shall_become_a_video_stays_a_gif(answer):
    made = answer("48x36/filters:gifv()", "moving.gif", accept=ALL, **WEBP, **MOVING)
    assert made.media_type == "image/gif"


@pytest.mark.parametrize("operation", ["cover()", "page(2)", "max_frames(1)"])
def test_a_still_of_an_animation_is_negotiated_as_any_still(answer, operation):
    made = answer(f"48x36/filters:{operation}", "moving.gif", accept=ALL, **WEBP)
    assert made.media_type == "image/webp"


@pytest.mark.parametrize(
    "name", ["rgba.png", "palette-alpha.png", "clear-moving.gif", "moving.webp"]
)
def test_no_switch_makes_a_jpeg_of_what_is_transparent(answer, name):
    keys = {"auto_jpg": True, "auto_png_to_jpg": True, "allow_animated_gifs": False}
    for operations in ("40x40", "40x40/filters:autojpg()", "40x40/filters:cover()"):
        assert answer(operations, name, accept="image/jpeg,*/*", **keys).media_type != "image/jpeg"
