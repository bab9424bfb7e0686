"""What holds for every plan, whatever is asked of whatever source."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from thumborlike.canvas import turned_back
from thumborlike.geometry import SourceInfo, plan
from thumborlike.imaging.resize import upright
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Layout
from thumborlike.url.values import CropBox, Fit

SIDES = st.one_of(st.just(0), st.just("orig"), st.integers(1, 3000), st.just(2**31))
COORDINATES = st.integers(0, 4000)
LIMITS = st.one_of(st.just(0), st.integers(1, 2500))
OWN = st.one_of(st.integers(1, 40), st.integers(1, 3000), st.integers(1, 40000))

POINTS = st.builds(
    FocalPoint, st.integers(-50, 4000), st.integers(-50, 4000), st.integers(-9000, 90000)
)
CROPS = st.one_of(st.none(), st.builds(CropBox, COORDINATES, COORDINATES, COORDINATES, COORDINATES))
LAYOUTS = st.builds(
    Layout,
    width=SIDES,
    height=SIDES,
    fit=st.sampled_from(Fit),
    adaptive=st.booleans(),
    stretch=st.booleans(),
    no_upscale=st.booleans(),
    crop=CROPS,
    halign=st.sampled_from(["left", "center", "right"]),
    valign=st.sampled_from(["top", "middle", "bottom"]),
    focal_points=st.lists(POINTS, max_size=3).map(tuple),
    orient=st.booleans(),
    max_width=LIMITS,
    max_height=LIMITS,
    debug=st.booleans(),
    quirks=st.booleans(),
)
SOURCES = st.builds(
    SourceInfo, st.just("png"), OWN, OWN, st.just("RGB"), orientation=st.integers(1, 8)
)


@settings(max_examples=300, deadline=None)
@given(LAYOUTS, SOURCES)
def test_something_of_the_source_becomes_a_picture(layout, source):
    made = plan(layout, source)
    left, top, right, bottom = made.box
    assert 0 <= left < right <= source.width
    assert 0 <= top < bottom <= source.height
    assert min(made.size) >= 1
    assert all(isinstance(side, int) for side in (*made.size, *made.requested))


@settings(max_examples=300, deadline=None)
@given(SOURCES, st.integers(1, 3000), st.integers(1, 3000), st.booleans())
def test_fit_in_keeps_the_ratio_within_a_pixel(source, width, height, full):
    fit = Fit.FULL_FIT_IN if full else Fit.FIT_IN
    made = plan(Layout(width=width, height=height, fit=fit), source)
    assert made.box == (0, 0, source.width, source.height)
    exact = made.size[0] * source.height / source.width, made.size[1] * source.width / source.height
    off = abs(made.size[1] - exact[0]), abs(made.size[0] - exact[1])
    assert min(off) <= 0.51 or min(made.size) == 1


@settings(max_examples=300, deadline=None)
@given(SOURCES, st.integers(1, 3000), st.integers(1, 3000))
def test_fit_in_stays_within_the_box_and_enlarges_nothing(source, width, height):
    made = plan(Layout(width=width, height=height, fit=Fit.FIT_IN), source)
    assert made.size[0] <= min(width, source.width)
    assert made.size[1] <= min(height, source.height)


@settings(max_examples=300, deadline=None)
@given(LAYOUTS, SOURCES)
def test_an_orientation_only_turns_box_and_size(layout, source):
    """The same request of the picture as it is seen: equal size, equal requested size."""
    layout = replace(layout, orient=True, max_width=0, max_height=0)
    turned = plan(layout, source)
    swaps = source.orientation >= 5
    sides = (source.height, source.width) if swaps else (source.width, source.height)
    seen = plan(layout, replace(source, width=sides[0], height=sides[1], orientation=1))
    assert (turned.size[::-1] if swaps else turned.size) == seen.size
    assert turned.requested == seen.requested
    assert turned_back(tuple(map(int, seen.box)), sides, source.orientation) == turned.box


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 8), st.data())
def test_a_box_turned_back_holds_the_same_pixels(orientation, data):
    stored = Image.frombytes("L", (13, 17), bytes(range(13 * 17)))
    whole = upright(stored, orientation)
    left, top = (data.draw(st.integers(0, side - 1)) for side in whole.size)
    right = data.draw(st.integers(left + 1, whole.width))
    bottom = data.draw(st.integers(top + 1, whole.height))
    box = turned_back((left, top, right, bottom), whole.size, orientation)
    seen = upright(stored.crop(box), orientation)
    assert seen.tobytes() == whole.crop((left, top, right, bottom)).tobytes()


@settings(max_examples=300, deadline=None)
@given(LAYOUTS, SOURCES)
def test_quirks_matter_only_where_they_are_listed(layout, source):
    """Two ratios that are the same to two decimals are only far apart when both are small."""
    layout = replace(layout, no_upscale=False, max_width=0, max_height=0)
    quirky = plan(replace(layout, quirks=True), source)
    ours = plan(replace(layout, quirks=False), source)
    width, height = ours.size[::-1] if ours.orientation >= 5 else ours.size
    assert quirky == ours or width / height < 0.22
