"""What catches the eye, on the drawn pictures of the benchmark."""

import pytest
from PIL import Image

from benchmarks.smart import ENV, by_detectors, shown
from benchmarks.smart_pictures import pictures
from thumborlike.detectors import saliency

SOME = [each for number, each in enumerate(pictures()) if number % 5 == 0]


def test_subjects_are_kept():
    crop = by_detectors(saliency.create(ENV))
    kept = [shown(crop(each.image, (1, 1)), each) >= 0.8 for each in SOME]
    assert sum(kept) >= 0.9 * len(kept)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (17, 3), (512, 512)])
def test_nothing_stands_out_of_one_colour(size):
    assert saliency.create(ENV).detect(Image.new("RGB", size, "teal")) == []


def test_points_lie_in_the_picture():
    picture = SOME[0].image
    for point in saliency.create(ENV).detect(picture):
        assert point.width / 2 <= point.x <= picture.width - point.width / 2 + 1
        assert 0 < point.weight <= point.width * point.height
        assert 0 <= point.confidence <= 1
