"""The document of `meta/`. The texts are answers of Thumbor 7.8 to a 50x40 picture.

tests/test_geometry.py compares two hundred more, byte for byte.
"""

import json

import pytest

from thumborlike.geometry import SourceInfo, plan
from thumborlike.imaging.meta import PNG_TO_JPEG, meta_json
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Layout

HEAD = '{"thumbor": {"source": {"url": "opaque.png", "width": %d, "height": %d, "frameCount": 1}, '
TAIL = (
    '"focal_points": [{"x": 25, "y": 20, "z": 1.0, "height": 1, "width": 1,'
    ' "origin": "alignment"}]}}'
)


@pytest.mark.parametrize(
    ("layout", "final", "later", "middle"),
    [
        (Layout(), (50, 40), (), '"operations": [], "target": {"width": 50, "height": 40}, '),
        (
            Layout(width=20, flip_horizontal=True),
            (20, 16),
            (),
            '"operations": [{"type": "resize", "width": 20.0, "height": 16.0}, '
            '{"type": "flip_horizontally"}], "target": {"width": 20.0, "height": 16.0}, ',
        ),
        (  # -0x/filters:rotate(90)
            Layout(flip_horizontal=True),
            (40, 50),
            (),
            '"operations": [{"type": "flip_horizontally"}], '
            '"target": {"width": 40, "height": 50}, ',
        ),
        (  # 25x0/filters:rotate(90):upscale():proportion(0.5) with AUTO_PNG_TO_JPG
            Layout(width=25),
            (10, 12),
            (PNG_TO_JPEG,),
            '"operations": [{"type": "resize", "width": 25.0, "height": 20.0}, '
            '{"type": "auto_png_to_jpg_conversion"}], "target": {"width": 25.0, "height": 20.0}, ',
        ),
    ],
)
def test_bytes(layout, final, later, middle):
    made = plan(layout, SourceInfo("png", 50, 40, "RGB"))
    body = meta_json("opaque.png", final, made, 1, later=later)
    assert body.decode() == HEAD % final + middle + TAIL


def test_the_true_size_is_an_extra_key():
    made = plan(Layout(width=20), SourceInfo("png", 50, 40, "RGB"))
    document = json.loads(meta_json("a.png", (20, 16), made, 3, own_size=(50, 40)))
    assert document["thumbor"]["source"] == {
        "url": "a.png",
        "width": 20,
        "height": 16,
        "frameCount": 3,
        "originalWidth": 50,
        "originalHeight": 40,
    }


def test_explicit_points_keep_their_numbers():
    point = FocalPoint(30, 20, 200, 20, 10, "Explicit")
    made = plan(Layout(width=20, focal_points=(point,)), SourceInfo("png", 50, 40, "RGB"))
    assert b'{"x": 30, "y": 20, "z": 200, "height": 10, "width": 20, "origin": "Explicit"}' in (
        meta_json("a.png", (20, 16), made, 1)
    )
