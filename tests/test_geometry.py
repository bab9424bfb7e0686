"""Boxes and sizes against Thumbor 7.8.

`worked_sizes.json` holds cases that the real server was asked for: number, source size, URL
part, size of the answer (or a status), the box of the source that was used, and what the
engine did after that crop. `golden_geometry.json` holds its `meta` answers to random URLs.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from thumborlike.errors import TooManyPixels
from thumborlike.geometry import SourceInfo, plan
from thumborlike.imaging.meta import meta_json
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Layout
from thumborlike.url.grammar import parse
from thumborlike.url.values import CropBox

HERE = Path(__file__).parent
CASES = json.loads((HERE / "worked_sizes.json").read_text())
GOLDEN = json.loads((HERE / "golden_geometry.json").read_text())
ALWAYS_FIXED = {33, 35, 36, 40, 70, 71}
"""Black pictures and 500s of Thumbor's: a side that rounds to nothing, `orig` alone."""

FIXED = {94, 109, 110}
"""Told apart by THUMBOR_QUIRKS."""

FOCAL = re.compile(r"focal\((\d+)x(\d+):(\d+)x(\d+)\)")


def point_of(left, top, right, bottom):
    width, height = right - left, bottom - top
    return FocalPoint(
        left + width // 2, top + height // 2, width * height, width, height, "Explicit"
    )


def layout_of(part, **more):
    return layout_of_path(f"/unsafe/{part}/a.jpg", **more)


def layout_of_path(path, **more):
    image = parse(path)
    squares = (tuple(map(int, each)) for each in FOCAL.findall(image.filters))
    points = tuple(point_of(*each) for each in squares if each[0] != each[2] and each[1] != each[3])
    return Layout(
        width=image.width,
        height=image.height,
        fit=image.fit,
        adaptive=image.adaptive,
        crop=image.crop,
        trim=image.trim,
        debug=image.debug,
        flip_horizontal=image.flip_horizontal,
        flip_vertical=image.flip_vertical,
        halign=image.halign,
        valign=image.valign,
        stretch="stretch()" in image.filters,
        no_upscale="no_upscale()" in image.filters,
        focal_points=points,
        **more,
    )


def source_of(size, **more):
    width, height = map(int, size.split("x"))
    return SourceInfo("png", width, height, "RGB", **more)


def box_of(text, source):
    if text == "whole":
        return (0, 0, source.width, source.height)
    return tuple(map(int, re.findall(r"\d+", text)))


@pytest.mark.parametrize(
    ("number", "size", "part", "result", "box", "then"), CASES, ids=[str(c[0]) for c in CASES]
)
def test_thumbor_answers(number, size, part, result, box, then):
    if number in ALWAYS_FIXED:
        pytest.skip("a defect of Thumbor's, see test_no_side_rounds_to_nothing")
    source = source_of(size)
    made = plan(layout_of(part, quirks=True), source)
    assert made.box == box_of(box, source)
    resize = re.match(r"resize (\d+)x(\d+)", then)
    wanted = resize.groups() if resize else (made.box[2] - made.box[0], made.box[3] - made.box[1])
    if "upscale()" not in part or "no_upscale" in part:
        assert made.size == tuple(map(int, wanted))
    assert made.flip_horizontal is ("flip h" in then)
    assert made.flip_vertical is ("flip v" in then)


@pytest.mark.parametrize(
    ("number", "size", "part", "result", "box", "then"), CASES, ids=[str(c[0]) for c in CASES]
)
def test_without_quirks_only_the_listed_cases_differ(number, size, part, result, box, then):
    source = source_of(size)
    quirky, ours = plan(layout_of(part, quirks=True), source), plan(layout_of(part), source)
    assert (quirky != ours) is (number in FIXED)


KEYS = {"MAX_WIDTH": "max_width", "MAX_HEIGHT": "max_height", "RESPECT_ORIENTATION": "orient"}


@pytest.mark.parametrize("row", GOLDEN["rows"], ids=[f"{row[0]}{row[4]}" for row in GOLDEN["rows"]])
def test_meta_of_random_urls_is_thumbors_byte_for_byte(row):
    configuration, (width, height), orientation, trim, path, answer = row
    keys = {KEYS[key]: value for key, value in GOLDEN["configurations"][configuration].items()}
    source = SourceInfo("png", width, height, "RGB", orientation)
    made = plan(layout_of_path(path, quirks=True, **keys), source, trim and tuple(trim))
    size = made.size[::-1] if made.orientation >= 5 else made.size
    assert meta_json(path.rpartition("/")[2], size, made, 1).decode() == answer


@pytest.mark.parametrize("quirks", [True, False])
@pytest.mark.parametrize(
    ("size", "part", "expected"),
    [
        ("1000x10", "20x0", (20, 1)),
        ("10x1000", "0x50", (1, 50)),
        ("1x1", "100x50", (100, 50)),
        ("800x600", "origx", (800, 600)),
        ("800x600", "xorig", (800, 600)),
        ("1000x10", "fit-in/40x40", (40, 1)),
        ("1000x10", "fit-in/20x0", (20, 1)),
    ],
)
def test_no_side_rounds_to_nothing(size, part, expected, quirks):
    made = plan(layout_of(part, quirks=quirks), source_of(size))
    assert made.size == expected
    assert made.box[0] < made.box[2]
    assert made.box[1] < made.box[3]


@pytest.mark.parametrize(
    ("limits", "size", "part", "expected"),
    [
        ((400, 300), "800x600", "0x0", (400, 300)),
        ((400, 300), "600x800", "0x0", (225, 300)),
        ((400, 300), "1000x1000", "0x0", (300, 300)),
        ((400, 300), "1920x1080", "0x0", (400, 225)),
        ((400, 300), "800x600", "100x100:700x500", (300, 200)),
        ((400, 300), "801x601", "101x103:700x500", (299, 198)),
        ((400, 300), "800x600", "600x600", (400, 300)),
        ((400, 0), "800x600", "0x0", (800, 600)),
        ((400, 0), "2000x1000", "0x0", (400, 200)),
        ((400, 0), "800x600", "600x600", (400, 600)),
        ((400, 400), "1000x1000", "0x0", (1000, 1000)),
        ((100, 50), "800x600", "0x0", (100, 75)),
    ],
)
def test_thumbor_limits(limits, size, part, expected):
    layout = layout_of(part, quirks=True, max_width=limits[0], max_height=limits[1])
    assert plan(layout, source_of(size)).size == expected


@pytest.mark.parametrize(
    ("limits", "size", "expected"),
    [
        ((400, 0), "800x600", (400, 300)),
        ((0, 300), "800x600", (400, 300)),
        ((400, 400), "1000x1000", (400, 400)),
        ((100, 50), "800x600", (67, 50)),
        ((400, 300), "800x600", (400, 300)),
        ((4000, 3000), "800x600", (800, 600)),
    ],
)
def test_both_limits_hold(limits, size, expected):
    layout = layout_of("0x0", max_width=limits[0], max_height=limits[1])
    assert plan(layout, source_of(size)).size == expected


@pytest.mark.parametrize(
    ("quirks", "box"), [(True, (600, 0, 800, 600)), (False, (500, 0, 700, 600))]
)
def test_focal_points_shrink_with_the_source(quirks, box):
    layout = replace(
        layout_of("100x300/filters:focal(300x200:900x400)", quirks=quirks),
        max_width=400,
        max_height=300,
    )
    assert plan(layout, source_of("800x600")).box == box


def test_a_trim_moves_the_crop_and_the_focal_points():
    layout = Layout(crop=CropBox(20, 30, 50, 60))
    made = plan(layout, source_of("100x80"), trim=(10, 20, 60, 70))
    assert made.box == (20, 30, 50, 60)
    assert made.operations[0].values == (("left", 10), ("top", 20), ("right", 60), ("bottom", 70))
    layout = layout_of("20x50/filters:focal(40x20:60x70)")
    assert plan(layout, source_of("100x80"), trim=(10, 20, 60, 70)).box == (40, 20, 60, 70)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_undone_after_the_resize(orientation):
    source = source_of("80x60", orientation=orientation)
    layout = replace(layout_of("10x10:30x20"), orient=True)
    made = plan(layout, source)
    assert made.orientation == orientation
    assert made.size == ((10, 20) if orientation >= 5 else (20, 10))
    expected = {
        1: (10, 10, 30, 20),
        2: (50, 10, 70, 20),
        3: (50, 40, 70, 50),
        4: (10, 40, 30, 50),
        5: (10, 10, 20, 30),
        6: (10, 30, 20, 50),
        7: (60, 30, 70, 50),
        8: (60, 10, 70, 30),
    }
    assert made.box == expected[orientation]


def test_what_later_filters_see_of_the_request():
    seen = {
        "fit-in/300x200": (300, 200),
        "fit-in/1000x0": (1000, 0),
        "full-fit-in/300x300": (400, 300),
        "adaptive-fit-in/200x300": (300, 200),
        "300x0": (300, 0),
        "fit-in/origx300": (800, 300),
    }
    source = source_of("800x600")
    assert {part: plan(layout_of(part), source).requested for part in seen} == seen


def test_a_trim_in_a_shrunk_picture_keeps_all_content():
    layout = replace(layout_of("trim"), max_width=100)
    made = plan(layout, source_of("1000x500"), trim=(15, 101, 999, 499))
    assert made.operations[0].values == (("left", 1), ("top", 10), ("right", 100), ("bottom", 50))
    assert made.box == (10, 100, 1000, 500)


def test_an_uncut_picture_is_taken_whole_exactly():
    for width in range(401, 2000, 7):
        source = SourceInfo("png", width, 333, "RGB")
        assert plan(Layout(max_width=400), source).box == (0, 0, width, 333)


@pytest.mark.parametrize(
    ("part", "size", "quirky", "ours"),
    [
        ("400x400/filters:no_upscale()", "100x100", (100, 100), (100, 100)),
        ("100x100:200x200/400x400/filters:no_upscale()", "800x600", (400, 400), (100, 100)),
        ("origx300/filters:no_upscale()", "200x100", (200, 100), (200, 100)),
    ],
)
def test_no_upscale_looks_at_what_is_left_of_the_source(part, size, quirky, ours):
    source = source_of(size)
    assert plan(layout_of(part, quirks=True), source).size == quirky
    assert plan(layout_of(part), source).size == ours


@pytest.mark.parametrize(("quirks", "squashed"), [(True, True), (False, False)])
@pytest.mark.parametrize(
    ("size", "part"), [("100x20000", "100x10000"), ("20x300", "10x140"), ("10x9000", "10x4000")]
)
def test_extreme_ratios_are_not_squashed(size, part, quirks, squashed):
    source = source_of(size)
    box = plan(layout_of(part, quirks=quirks), source).box
    assert (box == box_of("whole", source)) is squashed


def test_focal_points_that_cancel_out_leave_the_middle():
    points = (FocalPoint(10, 10, 100), FocalPoint(700, 10, -100))
    made = plan(replace(layout_of("300x300"), focal_points=points), source_of("800x600"))
    assert made.box == (100, 0, 700, 600)


def test_sides_of_any_length_do_not_break_the_arithmetic():
    for part in ("9" * 400 + "x1", "fit-in/" + "9" * 400 + "x0", "9" * 400 + "x" + "9" * 400):
        layout = replace(layout_of(part), max_output_pixels=10**8)
        try:
            assert plan(layout, source_of("800x600")).size == (800, 600)
        except TooManyPixels:
            continue


def test_debug_only_crops():
    layout = replace(layout_of("10x10:110x110/50x20"), debug=True, flip_horizontal=True)
    made = plan(layout, source_of("800x600"))
    assert (made.size, made.box, made.flip_horizontal) == ((100, 100), (10, 10, 110, 110), False)


def test_too_large_a_picture_is_refused_before_any_pixel():
    layout = replace(layout_of("2000x2000"), max_output_pixels=1_000_000)
    with pytest.raises(TooManyPixels):
        plan(layout, source_of("800x600"))


@pytest.mark.parametrize(
    ("part", "orientation", "reducible"),
    [
        ("200x150", 1, True),
        ("200x200", 1, False),
        ("fit-in/200x200", 1, True),
        ("200x150", 6, False),
        ("0x0:800x600/200x150", 1, False),
        ("trim/200x150", 1, False),
    ],
)
def test_when_thumbor_decodes_reduced(part, orientation, reducible):
    layout = replace(layout_of(part), orient=True)
    source = source_of("800x600", orientation=orientation)
    assert plan(layout, source).reducible is reducible
