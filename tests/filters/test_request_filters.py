"""Filters that change what is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from thumborlike.interfaces import FocalPoint, SourceRequest


@pytest.mark.parametrize(
    ("call", "field", "value"),
    [
        ("quality(70)", "quality", 70),
        ("quality(0)", "quality", 0),
        ("quality(400)", "quality", 100),
        ("format(png)", "format", "png"),
        ("format(JPG)", "format", "jpeg"),
        ("format(heic)", "format", "heif"),
        ("format(tiff)", "format", "tiff"),
        ("format(png):format(nonsense)", "format", None),
        ("strip_exif()", "strip_exif", True),
        ("strip_icc()", "strip_icc", True),
        ("cover()", "cover", True),
        ("max_age(0)", "max_age", 0),
        ("max_bytes(5000)", "max_bytes", 5000),
        ("autojpg()", "auto_png_to_jpg", True),
        ("autojpg(false)", "auto_png_to_jpg", False),
        ("quality(5):quality(9)", "quality", 9),
        ("quality(99999999999)", "quality", None),
    ],
)
def test_output_options(run, job, call, field, value):
    assert getattr(run(call, job).output, field) == value


@pytest.mark.parametrize("name", ["stretch", "no_upscale"])
def test_layout_switches(run, job, name):
    assert getattr(run(f"{name}()", job).layout, name) is True


def points(job):
    return job.layout.focal_points


def test_focal_points_add_up_in_order(run, job):
    made = run("focal(10x20:31x60):focal(0x0:4x4)", job)
    assert points(made) == (
        FocalPoint(20, 40, 840, 21, 40, "Explicit"),
        FocalPoint(2, 2, 16, 4, 4, "Explicit"),
    )


@pytest.mark.parametrize("region", ["10x10:10x50", "10x10:50x10", "a", "1x2:3"])
def test_an_empty_or_unreadable_focal_region_adds_nothing(run, job, region):
    assert points(run(f"focal({region})", job)) == ()


def test_an_inverted_focal_region_is_put_right_unless_thumbor_is_wanted(run, job):
    (point,) = points(run("focal(30x40:10x10)", job))
    assert (point.x, point.y, point.weight) == (20, 25, 600)
    quirky = replace(job, layout=replace(job.layout, quirks=True))
    (point,) = points(run("focal(30x10:10x40)", quirky))
    assert (point.width, point.height, point.weight) == (-20, 30, -600)


def with_source(job, name):
    return replace(job, source=SourceRequest(name, {"accept": "*/*"}))


@pytest.mark.parametrize(
    ("source", "inner"),
    [
        ("http%3A//h/unsafe/10x20%3A110x60/50x50/in/cat.jpg", "in/cat.jpg"),
        ("http%3A//h/SIGNATURE%3D/10x20%3A110x60/cat%20a.jpg", "cat%20a.jpg"),
        ("h/unsafe/meta/trim/10x20%3A110x60/fit-in/-5x-6/left/top/smart/a.jpg", "a.jpg"),
        ("h/unsafe/10x20%3A110x60/filters%3Ablur%282%29/a.jpg", "a.jpg"),
        ("h/unsafe/30x30/http%3A//g/unsafe/10x20%3A110x60/a.jpg", "a.jpg"),
    ],
)
def test_extract_focal_goes_to_the_inner_picture(run, job, source, inner):
    made = run("extract_focal()", with_source(job, source))
    assert made.source == SourceRequest(inner)
    assert made.source.headers == {"accept": "*/*"}
    assert points(made) == (FocalPoint(60, 40, 4000, 100, 40, "Original Extraction"),)


@pytest.mark.parametrize(
    "source",
    [
        "pictures/cat.jpg",
        "h/unsafe/30x30/cat.jpg",
        "h/unsafe/10x20%3A110x60/",
        "h/unsafe/1x2%3A99999999999x4/cat.jpg",
        "/".join(["h/unsafe"] * 11) + "/1x1%3A5x5/cat.jpg",
    ],
)
def test_extract_focal_leaves_other_sources_alone(run, job, source):
    asked = with_source(job, source)
    assert run("extract_focal()", asked) == asked


def test_extract_focal_does_nothing_where_thumbor_is_wanted(run, job):
    asked = with_source(job, "h/unsafe/10x20%3A110x60/cat.jpg")
    asked = replace(asked, layout=replace(asked.layout, quirks=True))
    assert run("extract_focal()", asked) == asked
