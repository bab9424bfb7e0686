import contextlib

import pytest

from thumborlike.errors import BrokenImage, ImageError, NotAnImage, TooManyPixels, UnsupportedFormat
from thumborlike.imaging import decoders
from thumborlike.imaging.probe import parsed_exif, probe
from thumborlike.settings.sections import ImagingSettings

DEFAULT = ImagingSettings()


@pytest.mark.parametrize(
    ("name", "size", "mode"),
    [
        ("photo.jpg", (320, 240), "RGB"),
        ("grey.jpg", (320, 240), "L"),
        ("cmyk.jpg", (320, 240), "CMYK"),
        ("palette.png", (200, 150), "P"),
        ("grey-16.png", (160, 120), "I;16"),
        ("one-bit.png", (200, 150), "1"),
    ],
)
def test_headers(body_of, name, size, mode):
    info = probe(body_of(name), DEFAULT)
    assert ((info.width, info.height), info.mode, info.frames) == (size, mode, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(body_of, orientation):
    assert probe(body_of(f"orientation-{orientation}.jpg"), DEFAULT).orientation == orientation


@pytest.mark.parametrize(("quirks", "expected"), [(False, 6), (True, 1)])
def test_thumbor_never_turns_webp(body_of, quirks, expected):
    imaging = ImagingSettings(thumbor_quirks=quirks)
    assert probe(body_of("orientation-6.webp"), imaging).orientation == expected
    assert probe(body_of("orientation-6.png"), imaging).orientation == 6


def test_frames_of_an_animation(body_of):
    assert probe(body_of("moving.gif"), DEFAULT).frames == 6


@pytest.mark.parametrize("name", ["text.txt", "html.jpg", "empty.jpg", "header-only.png"])
def test_what_is_no_picture(body_of, name):
    with pytest.raises((NotAnImage, BrokenImage)):
        probe(body_of(name), DEFAULT)


def test_declared_pixels_count_before_anything_is_decoded(body_of):
    with pytest.raises(TooManyPixels):
        probe(body_of("bomb.png"), DEFAULT)
    with pytest.raises(TooManyPixels):
        probe(body_of("photo.jpg"), ImagingSettings(max_pixels=320 * 240 - 1))
    assert probe(body_of("photo.jpg"), ImagingSettings(max_pixels=320 * 240))
    assert probe(body_of("bomb.png"), ImagingSettings(max_pixels=None)).width == 40_000


def test_animations_are_limited(body_of):
    with pytest.raises(TooManyPixels):
        probe(body_of("moving.gif"), ImagingSettings(max_animation_frames=5))
    with pytest.raises(TooManyPixels):
        probe(body_of("moving.gif"), ImagingSettings(max_animation_pixels=100_000))


def test_only_allowed_formats_are_opened(body_of):
    with pytest.raises(NotAnImage):
        probe(body_of("rgb.bmp"), ImagingSettings(allowed_source_formats=("JPEG", "PNG")))


def test_a_format_without_decoder_is_named(monkeypatch):
    monkeypatch.setattr(decoders, "installed", lambda name: False)
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    with pytest.raises(UnsupportedFormat, match="svg"):
        probe(svg, ImagingSettings(allowed_source_formats=("SVG",)))


@pytest.mark.parametrize(
    "body", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"P6 9 9 255\n"]
)
def test_decoders_that_nobody_needs_are_out_of_reach(body):
    with pytest.raises(NotAnImage):
        probe(body, DEFAULT)


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("name", ["photo.jpg", "rgb.png", "still.gif", "photo.avif", "rgb.tiff"])
def test_cut_files_are_answered_with_an_error_or_a_picture(body_of, name, step):
    body = body_of(name)
    with contextlib.suppress(ImageError):
        probe(body[: len(body) * step // 8], DEFAULT)


def test_damaged_exif_is_dropped():
    assert parsed_exif(b"junk") is None or parsed_exif(b"junk").get(0x0112) is None
    assert parsed_exif(None) is None
