import time
from dataclasses import replace

import pytest

from thumborlike.http.negotiation import negotiate, parse_accept
from thumborlike.settings.sections import FormatSettings

OFF = FormatSettings()
WEBP = replace(OFF, auto_webp=True)
ALL = FormatSettings(auto_webp=True, auto_avif=True, auto_jpg=True, auto_heif=True, auto_png=True)
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


def prefer(*names):
    return replace(OFF, auto_image_format_preference=names)


@pytest.mark.parametrize(
    ("accept", "formats", "accepted"),
    [
        (None, ALL, ()),
        ("", ALL, ()),
        ("*/*", ALL, ("jpeg",)),
        ("image/*", ALL, ("webp", "avif", "jpeg", "heif", "png")),
        ("IMAGE/WebP", WEBP, ("webp",)),
        ("image/webp;q=0", WEBP, ()),
        ("image/webp;q=0.000, image/*", WEBP, ()),
        ("image/*;q=0, image/webp", WEBP, ("webp",)),
        ("image/webp;q=0, image/webp;q=0.1", WEBP, ("webp",)),
        ("image/webp ; q=0.5", WEBP, ("webp",)),
        ("image/webp; Q=0.5", WEBP, ("webp",)),
        ("image/webp;level=1", WEBP, ()),
        ("image/webp;level=1;q=1", WEBP, ()),
        ("image/webp;q=1;ext=a", WEBP, ("webp",)),
        ("image/webp;q=2", WEBP, ()),
        ("image/webp;q=1.001", WEBP, ()),
        ("image/webp;q=1.000", WEBP, ("webp",)),
        ("image/webp;q=0.٥", WEBP, ()),
        ("image/webp;q=0.0001", WEBP, ()),
        ("image/webp;q=-1", WEBP, ()),
        ("image/webp;q=nan", WEBP, ()),
        ("image/webp;q=٠", WEBP, ()),
        ("image/webp;q=", WEBP, ()),
        ("image/webpx, ximage/webp", WEBP, ()),
        ("*/*", WEBP, ()),
        ("image/jpg", ALL, ("jpeg",)),
        ("image/heic", ALL, ()),
        ("image/heif", ALL, ("heif",)),
        (",,;,/,;;q=1", ALL, ()),
        (CHROME, OFF, ()),
        (CHROME, ALL, ("webp", "avif", "jpeg", "heif", "png")),
        (CHROME, prefer("avif", "webp"), ("avif", "webp")),
        ("image/webp,image/avif;q=0.1", prefer("AVIF", "JPG", "webp", "avif"), ("avif", "webp")),
        ("image/png,*/*", prefer("png", "jpg"), ("png", "jpeg")),
        (CHROME, prefer("gif"), ()),
    ],
)
def test_formats_in_the_order_of_the_server(accept, formats, accepted):
    assert negotiate(accept, formats).formats == accepted


def test_a_preference_replaces_the_switches():
    both = replace(ALL, auto_image_format_preference=("png",))
    assert negotiate("image/*", both).formats == ("png",)


@pytest.mark.parametrize(
    ("formats", "vary"),
    [
        (OFF, False),
        (FormatSettings(auto_png_to_jpg=True), False),
        (WEBP, True),
        (FormatSettings(auto_jpg=True), True),
        (FormatSettings(auto_png=True), True),
        (prefer("avif"), True),
        (prefer("gif"), False),
    ],
)
def test_vary_wherever_accept_can_matter(formats, vary):
    assert negotiate("image/*", formats).vary is vary
    assert negotiate(None, formats).vary is vary


@pytest.mark.parametrize(
    ("accept", "formats", "variant"),
    [
        (CHROME, OFF, "default"),
        (CHROME, WEBP, "auto_webp"),
        ("image/png", WEBP, "default"),
        (CHROME, FormatSettings(auto_png_to_jpg=True), "default"),
        ("image/avif", FormatSettings(auto_avif=True), "auto_avif"),
        (None, FormatSettings(auto_avif=True), "auto_none"),
        (CHROME, ALL, "auto_webp-avif-jpeg-heif-png"),
        (CHROME, prefer("avif", "webp"), "auto_avif-webp"),
        ("image/webp", prefer("avif", "webp"), "auto_webp"),
    ],
)
def test_results_of_different_clients_never_mix(accept, formats, variant):
    assert negotiate(accept, formats).variant == variant


def test_png_to_jpg_does_not_ask_the_client():
    assert negotiate(None, FormatSettings(auto_png_to_jpg=True)).png_to_jpg


@pytest.mark.parametrize("piece", [",", ";", "q=", "image/webp;q=0.1,", " ", "image/*;", "\t/"])
def test_parsing_takes_linear_time(piece):
    hostile = piece * (65536 // len(piece))
    started = time.perf_counter()
    parse_accept(hostile)
    assert time.perf_counter() - started < 0.5
