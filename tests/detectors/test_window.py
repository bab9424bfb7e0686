"""Where the crop lies when detection found several regions."""

import pytest

from thumborlike.focusing import crop_centre
from thumborlike.geometry import SourceInfo, plan
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Layout


def face(x, side=100.0, weight=None):
    return FocalPoint(x, 200.0, weight or side * side, side, side, "Face Detection")


def crop(points, **keys):
    keys = {"width": 300, "height": 300, "smart": True, **keys}
    layout = Layout(focal_points=tuple(points), **keys)
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
    x, _ = crop_centre(points, (1200, 400), (300.0, 300.0), Layout())
    assert 400 <= x <= 800


def test_faces_at_the_edge_of_the_crop_keep_room_on_their_sides():
    points = [face(440), face(700), face(1150)]
    assert crop(points) != (370, 770)
    assert crop(points, face_padding=0.2) == (370, 770)


def test_padding_never_costs_a_face():
    points = [face(450), face(750)]
    assert crop(points, face_padding=2) == crop(points) == (400, 800)


def test_room_is_kept_for_what_found_faces_alone():
    other = FocalPoint(700.0, 200.0, 10000, 100.0, 100.0, "Dog")
    points = [other, FocalPoint(420.0, 200.0, 10000, 100.0, 100.0, "Dog"), face(1150, weight=9)]
    assert crop(points, face_padding=0.5) == crop(points)


def box_of(points, **keys):
    keys = {"width": 100, "height": 100, "smart": True, "face_zoom": 0.5, **keys}
    return plan(Layout(focal_points=tuple(points), **keys), SOURCE).box


SOURCE = SourceInfo("jpeg", 1200, 400, "RGB")


def test_the_crop_goes_close_to_a_face():
    assert box_of([face(600)]) == (500, 100, 700, 300)
    assert box_of([face(600)], face_padding=0.5) == box_of([face(600)], face_zoom=0.25)
    assert box_of([face(600)], width=200) == (400, 100, 800, 300)


def test_a_close_up_stays_within_the_picture():
    assert box_of([face(1150)]) == (1000, 100, 1200, 300)
    assert box_of([face(20)]) == (0, 100, 200, 300)


def test_a_close_up_enlarges_no_pixels():
    assert box_of([face(600, 10)]) == (550, 150, 650, 250)


def test_a_close_up_shows_all_large_faces_and_no_small_one():
    left, _, right, _ = box_of([face(500), face(580), face(1100, 40)], face_zoom=1)
    assert left <= 450 and right >= 630 and right < 800


@pytest.mark.parametrize(
    "keys",
    [{"face_zoom": 0.0}, {"smart": False}, {"stretch": True}, {"width": 300, "height": 300}],
)
def test_there_is_no_close_up(keys):
    """Not asked for, or no closer than the whole height."""
    points = [face(600, 390)] if "width" in keys else [face(600)]
    with_zoom = box_of(points, **keys)
    assert with_zoom == box_of(points, **{**keys, "face_zoom": 0.0})


def test_a_close_up_needs_faces():
    dog = FocalPoint(600.0, 200.0, 10000, 100.0, 100.0, "Dog")
    assert box_of([dog]) == box_of([dog], face_zoom=0.0)


@pytest.mark.parametrize("width, height", [(100, 0), (0, 100), (0, 0)])
def test_open_sides(width, height):
    left, top, right, bottom = box_of([face(600)], width=width, height=height)
    assert (right - left) * 400 == pytest.approx((bottom - top) * 1200, rel=0.02)
