"""What catches the eye, on the drawn pictures of the benchmark."""

import pytest
from benchmarks.smart import ENV, by_detectors, shown
from benchmarks.smart_pictures import pictures
from PIL import Image

from thumborlike.detectors import saliency

SOME = [each for number, each in enumerate(pictures()) if number % 5 == 0]


@pytest.mark.parametrize("picture", SOME, ids=lambda each: each.name)
def test_the_subject_is_kept(picture):
    crop = by_detectors(saliency.create(ENV))(picture.image, (1, 1))
    assert shown(crop, picture) >= 0.8


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (17, 3), (512, 512)])
def test_nothing_stands_out_of_one_colour(size):
    assert saliency.create(ENV).detect(Image.new("RGB", size, "teal")) == []


def test_points_lie_in_the_picture():
    picture = SOME[0].image
    for point in saliency.create(ENV).detect(picture):
        assert 0 <= point.x - point.width / 2 and point.x + point.width / 2 <= picture.width + 1
        assert 0 < point.weight <= point.width * point.height
        assert 0 <= point.confidence <= 1
