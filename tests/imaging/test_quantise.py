import pytest
from PIL import Image, features

from thumborlike.imaging import quantise


@pytest.fixture
def asked(monkeypatch):
    """The methods that Pillow is asked for, where it has libimagequant."""
    found = []

    def quantize(self, colors, method=None):
        found.append(method)
        return Image.new("P", self.size)

    monkeypatch.setattr(features, "check", lambda name: name == "libimagequant")
    monkeypatch.setattr(Image.Image, "quantize", quantize)
    return found


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_libimagequant_is_used_where_pillow_has_it(asked, mode):
    quantise.quantised(Image.new(mode, (4, 4)), 16)
    assert asked == [Image.Quantize.LIBIMAGEQUANT]


def test_grey_is_left_to_pillow_which_libimagequant_refuses(asked):
    quantise.quantised(Image.new("L", (4, 4)), 16)
    assert asked == [None]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_as_many_colours_as_asked_for(mode):
    image = Image.linear_gradient("L").convert(mode)
    small = quantise.quantised(image, 16)
    assert small.mode == "P"
    assert len(small.getcolors()) <= 16
