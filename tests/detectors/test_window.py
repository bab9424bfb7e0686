"""Where the crop lies when detection found several regions."""

import pytest

from thumborlike.focusing import crop_centre
from thumborlike.geometry import SourceInfo, plan
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Layout


def face(x, side=100.0, weight=None):
    return FocalPoint(x, 200.0, weight or side * side, side, side, "Face Detection")


def crop(points, quirks=False, width=300, height=300):
    layout = Layout(
        width=width, height=height, smart=True, focal_points=tuple(points), quirks=quirks
    )
    done = plan(layout, SourceInfo("jpeg", 1200, 400, "RGB"))
    return next(dict(each.values)["left"] for each in done.operations if each.type == "crop"), next(
        dict(each.values)["right"] for each in done.operations if each.type == "crop"
    )


def test_the_crop_keeps_one_face_rather_than_the_gap_between_two():
    left, right = crop([face(100), face(1100)])
    assert (left, right) in {(0, 400), (800, 1200), (50, 450), (750, 1150)}
    assert crop([face(100), face(1100)], quirks=True) == (400, 800)


def test_the_larger_of_two_faces_is_kept():
    left, right = crop([face(100), face(1100, 140)])
    assert left <= 1030 and right >= 1170


def test_faces_that_fit_are_kept_together_in_the_middle():
    left, right = crop([face(500), face(700)])
    assert (left, right) == (400, 800)


@pytest.mark.parametrize("x", [20, 333, 600, 1190])
def test_one_region_lies_as_thumbor_puts_it(x):
    assert crop([face(x)]) == crop([face(x)], quirks=True)


def test_points_that_the_url_names_lie_as_thumbor_puts_them():
    points = [FocalPoint(100, 200, 100, 10, 10, "Explicit"),
              FocalPoint(1100, 200, 100, 10, 10, "Explicit")]  # fmt: skip
    assert crop(points) == crop(points, quirks=True)


def test_a_region_wider_than_the_crop_is_filled_by_it():
    points = (face(600, 800), face(650, 700))
    x, _ = crop_centre(points, (1200, 400), (300.0, 300.0), False)
    assert 400 <= x <= 800
