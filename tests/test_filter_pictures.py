"""The filter reference shows what each pixel filter does."""

from pathlib import Path

import pytest
from PIL import Image

from thumborlike.filter_docs import builtin_registry
from thumborlike.filter_examples import EXAMPLES
from thumborlike.filtering import bind

FOLDER = Path(__file__).parent.parent / "docs" / "filters"
REGISTRY = builtin_registry()


def test_each_pixel_filter_has_an_example():
    assert set(EXAMPLES) == {each.name for each in REGISTRY.values() if each.phase == "pixels"}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_each_example_fits_and_has_a_small_picture_of_its_own(name):
    assert name in [each.filter.name for each in bind(EXAMPLES[name], REGISTRY)]
    path = FOLDER / f"{name}.webp"
    assert path.stat().st_size <= 8192, "python docs/make_pictures.py"
    assert path.read_bytes() != (FOLDER / "plain.webp").read_bytes()
    with Image.open(path) as image:
        assert max(image.size) <= 180
