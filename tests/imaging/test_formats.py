import pytest

from thumborlike.formats import FORMATS, named, sniff


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.jpg", "jpeg"),
        ("rgb.png", "png"),
        ("still.gif", "gif"),
        ("alpha.webp", "webp"),
        ("photo.avif", "avif"),
        ("rgb.tiff", "tiff"),
        ("rgb.bmp", "bmp"),
        ("photo.jp2", "jp2"),
        ("truncated.jpg", "jpeg"),
    ],
)
def test_content_tells_the_format(body_of, name, expected):
    assert sniff(body_of(name)).name == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"\x00\x00\x00\x18ftypheic", "heif"),
        (b"\x00\x00\x00\x18ftypmif1", "heif"),
        (b"\x00\x00\x00\x20ftypisom", "mp4"),
        (b"\x1a\x45\xdf\xa3", "webm"),
        (b"MM\x00*", "tiff"),
        (b"\xff\x0a", "jxl"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
        (b"%PDF-1.7", "pdf"),
        (b"<?xml version='1.0'?><SVG>", "svg"),
        (b"\x00\x00\x01\x00\x01\x00", "ico"),
    ],
)
def test_first_bytes(start, expected):
    assert sniff(start + bytes(40)).name == expected


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"GIF", b"%!PS-Adobe-3.0 EPSF-3.0", b"8BPS\x00\x01", b"RIFF"],
)
def test_everything_else_is_unknown(body):
    assert sniff(body) is None


@pytest.mark.parametrize(("word", "name"), [("JPG", "jpeg"), ("heic", "heif"), ("WebP", "webp")])
def test_words_of_the_format_filter(word, name):
    assert named(word).name == name


def test_unknown_words():
    assert named("exe") is None
    assert set(FORMATS) >= {"jpeg", "png", "gif", "webp", "avif"}
