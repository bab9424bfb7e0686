from __future__ import annotations

import contextlib
import time
from dataclasses import asdict

import pytest

from thumborlike.errors import MalformedRequest, NotSigned
from thumborlike.url.grammar import LARGEST, parse
from thumborlike.url.values import CropBox, Fit, ImageRequest, Trim


def test_a_path_with_every_part() -> None:
    rest = (
        "debug/meta/trim:top-left:20/10x20:30x40/adaptive-full-fit-in/-300x-orig/left/top/smart/"
        "filters:fill(%23fff):blur(2)/http://h/a%20b.jpg"
    )
    assert parse(f"/l1oW=/{rest}") == ImageRequest(
        path=f"/l1oW=/{rest}",
        signature="l1oW=",
        unsafe=False,
        signed_part=rest,
        source="http%3A//h/a%20b.jpg",
        debug=True,
        meta=True,
        trim=Trim("top-left", 20),
        crop=CropBox(10, 20, 30, 40),
        fit=Fit.FULL_FIT_IN,
        adaptive=True,
        width=300,
        height="orig",
        flip_horizontal=True,
        flip_vertical=True,
        halign="left",
        valign="top",
        smart=True,
        filters="fill(#fff):blur(2)",
    )


# Thumbor 7.8: each row was parsed by its expression; what is not listed has its default.
TABLE: list[tuple[str, dict[str, object]]] = [
    ("smart", {"source": "smart"}),
    ("smart/", {"source": "smart/"}),
    ("300x200/", {"source": "300x200/"}),
    ("meta/", {"source": "meta/"}),
    ("300x200/smart", {"width": 300, "height": 200, "source": "smart"}),
    ("x/foo.jpg", {"source": "foo.jpg"}),
    ("-x-/foo.jpg", {"flip_horizontal": True, "flip_vertical": True, "source": "foo.jpg"}),
    ("-0x-0/foo.jpg", {"flip_horizontal": True, "flip_vertical": True, "source": "foo.jpg"}),
    ("left/foo.jpg", {"halign": "left", "source": "foo.jpg"}),
    ("smart/left/foo.jpg", {"smart": True, "source": "left/foo.jpg"}),
    ("meta/meta/foo.jpg", {"meta": True, "source": "meta/foo.jpg"}),
    ("meta/debug/foo.jpg", {"meta": True, "source": "debug/foo.jpg"}),
    ("foo/300x200/bar.jpg", {"source": "foo/300x200/bar.jpg"}),
    ("100x100/10x20:30x40/a", {"width": 100, "height": 100, "source": "10x20%3A30x40/a"}),
    ("300.5x200/a", {"source": "300.5x200/a"}),
    ("--300x200/a", {"source": "--300x200/a"}),
    ("300%78200/foo.jpg", {"source": "300x200/foo.jpg"}),
    ("0x0:0x0/a", {"crop": None, "source": "a"}),
    ("30x20:10x5/a", {"crop": CropBox(30, 20, 10, 5), "source": "a"}),
    ("trim/a", {"trim": Trim(), "source": "a"}),
    ("trim:50/a", {"trim": Trim(None, 50), "source": "a"}),
    ("trim:bottom-right/a", {"trim": Trim("bottom-right"), "source": "a"}),
    ("trim::50/a", {"source": "trim%3A%3A50/a"}),
    ("fit-in/a", {"fit": Fit.FIT_IN, "source": "a"}),
    ("adaptive-fit-in/a", {"fit": Fit.FIT_IN, "adaptive": True, "source": "a"}),
    ("full-adaptive-fit-in/a", {"source": "full-adaptive-fit-in/a"}),
    ("filters:()/a", {"filters": "()", "source": "a"}),
    ("filters:)/a", {"source": "filters%3A%29/a"}),
    ("filters:a(1)//a", {"filters": "a(1)", "source": "/a"}),
    ("filters:w(http://h/b.png,0)/a", {"filters": "w(http://h/b.png,0)", "source": "a"}),
    ("filters:blur%282%29/a", {"source": "filters%3Ablur%282%29/a"}),
    ("unsafe/a", {"source": "unsafe/a"}),
    ("/a", {"source": "/a"}),
    ("a%2520b", {"source": "a%2520b"}),
    ("a%zzb", {"source": "a%25zzb"}),
    ("a+b%2Fc", {"source": "a%2Bb/c"}),
    ("i%3Fx=1", {"source": "i%3Fx%3D1"}),
    ("00012x007/a", {"width": 12, "height": 7, "source": "a"}),
]


@pytest.mark.parametrize(("rest", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_odd_paths(rest: str, expected: dict[str, object]) -> None:
    plain = asdict(ImageRequest(f"/unsafe/{rest}", None, True, rest, "", trim=None))
    found = parse(f"/unsafe/{rest}")
    changed = {name for name, value in asdict(found).items() if value != plain[name]}
    assert {name: getattr(found, name) for name in expected} == expected
    assert changed <= set(expected)


@pytest.mark.parametrize(
    "path", ["/", "/a", "/unsafe", "/unsafe/", "/foo.jpg", "unsafe", "//", "/smart/"]
)
def test_neither_signed_nor_unsafe(path: str) -> None:
    with pytest.raises(NotSigned):
        parse(path)


@pytest.mark.parametrize("path", ["/a/b.jpg", "/300x200/b.jpg", "//unsafe/x", "/%75nsafe/x"])
def test_the_first_segment_is_the_signature(path: str) -> None:
    image = parse(path)
    assert image.signature is not None
    assert not image.unsafe


@pytest.mark.parametrize(
    "path",
    [
        "",
        "\n",
        "/unsafe/a\nb",
        "/unsafe/%E1",
        "/%FF/a",
        "/unsafe/filters:a(%C3)/a",
        "/unsafe/\ud800",
    ],
)
def test_unreadable(path: str) -> None:
    with pytest.raises(MalformedRequest):
        parse(path)


def test_raw_utf8_means_what_its_escapes_mean() -> None:
    """Thumbor 7.8 asks the origin for mojibake, and an honest signature fails."""
    raw = "/sig/filters:fill(ä)/100x/maracujá/日本.jpg"
    as_the_server_hands_it_over = raw.encode("utf-8").decode("latin-1")
    image = parse(as_the_server_hands_it_over)
    assert image.source == "100x/maracuj%C3%A1/%E6%97%A5%E6%9C%AC.jpg"
    assert image.filters == "fill(ä)"
    assert image.signed_part == raw.removeprefix("/sig/")


def test_a_raw_latin1_letter_stays_one() -> None:
    assert parse("/unsafe/maracuj\xe1.jpg").source == "maracuj%C3%A1.jpg"


def test_raw_digits_of_other_scripts_are_no_size() -> None:
    path = "/unsafe/١x٢/a.jpg".encode().decode("latin-1")
    assert parse(path).source == "%D9%A1x%D9%A2/a.jpg"


@pytest.mark.parametrize("digits", ["9" * 8000, "1" + "0" * 4301, "9" * 17])
def test_absurd_numbers_saturate(digits: str) -> None:
    image = parse(f"/unsafe/{digits}x1/a.jpg")
    assert image.width == LARGEST
    assert image.height == 1


def test_leading_zeros_are_not_a_large_number() -> None:
    assert parse(f"/unsafe/{'0' * 8000}7x/a.jpg").width == 7


HOSTILE = {
    "slashes": "/unsafe/" + "/" * 8184,
    "digits": "/unsafe/" + "9" * 8184,
    "size": "/unsafe/" + "9" * 4090 + "x" + "9" * 4090 + "/a",
    "crop": "/unsafe/" + ":".join(["9" * 2000 + "x" + "9" * 2000] * 2) + "/a",
    "filters without end": "/unsafe/filters:" + "(" * 8000,
    "filters, brackets": "/unsafe/filters:" + ")" * 8000,
    "filters, near ends": "/unsafe/filters:" + ")x/" * 2700,
    "filters, repeated": "/unsafe/" + "filters:" * 1000,
    "sizes": "/unsafe/" + "1x1/" * 2000,
    "minuses": "/unsafe/" + "-x" * 4000 + "/a",
    "trim": "/unsafe/trim" + ":5" * 4000 + "/a",
    "colons": "/unsafe/trim" + ":" * 8000 + "/a",
    "no slash": "a" * 8192,
    "percent signs": "/unsafe/" + "%" * 8184,
    "escapes": "/unsafe/" + "%C3%A1" * 1364,
    "escaped escapes": "/unsafe/" + "%25" * 2728,
    "half escapes": "/unsafe/" + "%zz" * 2728,
    "escaped filters": "/unsafe/filters:a(" + "%23" * 2700 + ")/a",
    "escaped signature": "/" + "%3D" * 2700 + "/a",
    "raw latin-1": "/unsafe/" + "\xe1" * 8184,
    "raw utf-8": "/unsafe/" + "日".encode().decode("latin-1") * 2728,
    "newline at the end": "/unsafe/" + "1x" * 4000 + "\n",
    "other digits": "/unsafe/" + "٣" * 4000 + "x" + "٣" * 4000 + "/a",
}


def seconds(path: str) -> float:
    started = time.perf_counter()
    with contextlib.suppress(MalformedRequest, NotSigned):
        parse(path)
    return time.perf_counter() - started


@pytest.mark.parametrize("path", HOSTILE.values(), ids=HOSTILE)
def test_hostile_paths_of_8_kb_cost_less_than_a_millisecond(path: str) -> None:
    assert any(seconds(path) < 0.001 for _ in range(200))  # other processes cost time, too
