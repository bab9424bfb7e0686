"""Layers on opaque pictures."""

import os
import random

import pytest
from PIL import Image
from thumborlike.filters._canvas import composite, own_rgba, with_layer


@pytest.mark.parametrize("seed", range(40))
def test_an_opaque_picture_is_drawn_on_as_any_other(seed):
    chance = random.Random(seed)
    width, height, wide, high = (chance.randint(1, 60) for _ in range(4))
    image = Image.frombytes("RGB", (width, height), os.urandom(width * height * 3))
    layer = Image.frombytes("RGBA", (wide, high), os.urandom(wide * high * 4))
    places = [(chance.randint(-60, 60), chance.randint(-60, 60)) for _ in range(4)]
    before = image.tobytes()
    drawn, whole = with_layer(image, layer, places), composite(own_rgba(image), layer, places)
    assert drawn.mode == "RGB"
    assert drawn.tobytes() == whole.convert("RGB").tobytes()
    assert whole.getchannel("A").getextrema() == (255, 255)
    assert image.tobytes() == before


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA"])
def test_any_other_becomes_rgba(mode):
    image = Image.new(mode, (9, 9))
    assert with_layer(image, Image.new("RGBA", (3, 3)), [(1, 1)]).mode == "RGBA"


def test_so_does_one_with_a_colour_key_and_all_with_thumbors_cut_levels():
    keyed = Image.new("RGB", (9, 9))
    keyed.info["transparency"] = (0, 0, 0)
    layer = Image.new("RGBA", (3, 3), (9, 9, 9, 9))
    assert with_layer(keyed, layer, [(1, 1)]).getpixel((0, 0)) == (0, 0, 0, 0)
    assert with_layer(Image.new("RGB", (9, 9)), layer, [(1, 1)], cut=True).mode == "RGBA"
