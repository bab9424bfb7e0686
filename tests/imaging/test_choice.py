import pytest

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
