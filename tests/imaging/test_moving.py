"""Patches of the frames of an animation are what a resize of the whole would give."""

import random

import pytest
from PIL import Image, ImageChops

from thumborlike.geometry import Plan
from thumborlike.imaging.moving import Moving
from thumborlike.imaging.resize import made

FILTERS = [Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.NEAREST]


def noise(mode, size):
    return Image.merge(mode, [Image.effect_noise(size, 30) for _ in mode])


def frames(mode, seed, size=(160, 120)):
    chance = random.Random(seed)
    image = noise(mode, size)
    for _ in range(8):
        yield image
        image = image.copy()
        for _ in range(chance.randrange(3)):
            wide, high = chance.randrange(1, 40), chance.randrange(1, 30)
            place = (chance.randrange(-5, size[0]), chance.randrange(-5, size[1]))
            image.paste(noise(mode, (wide, high)), place)


def far_apart(ours, whole):
    """The largest difference of a level, colours weighed by their alpha."""
    weighed = [each.convert("RGBA").convert("RGBa").tobytes() for each in (ours, whole)]
    gap = ImageChops.difference(*(Image.frombytes("RGBA", ours.size, each) for each in weighed))
    return max(highest for _, highest in gap.getextrema())


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("resample", FILTERS)
@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((0, 0, 160, 120), (67, 50)),
        ((10.5, 3.25, 150.75, 119), (40, 31)),
        ((0, 0, 160, 120), (320, 200)),
        ((20, 20, 60, 50), (400, 7)),
        ((0, 0, 160, 120), (1, 1)),
        ((30, 0, 150, 120), (120, 120)),
    ],
)
def test_patches_are_what_the_whole_would_be(mode, resample, box, size):
    plan = Plan(6, tuple(map(float, box)), size, True, False, False, size, (), (0, 0), ())
    moving = Moving(plan, resample)
    for frame in frames(mode, f"{box}{size}"):
        whole = made(frame, plan, resample, None)
        ours = moving.made(frame, None)
        assert ours.mode == whole.mode
        assert far_apart(ours, whole) <= 4  # small patches go by another resizer
