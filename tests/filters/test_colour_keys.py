"""Pictures whose transparency is one colour, under filters: the key stays, nothing fails."""

import pytest
from PIL import Image

from thumborlike.filtering import Frame

CALLS = (
    "brightness(20)", "equalize()", "saturation(0.4)", "sharpen(1.5,0.5,true)", "blur(1)",
    "sharpen(1.5,0.5,false)", "blur(3)", "blur(8)", "blur(20)", "blur(10,2)", "blur(2)",
    "convolution(1;2;1;2;4;2;1;2;1,3,true)",
)  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("key", [(1, 2, 3), 5])
@pytest.mark.parametrize("quirks", [False, True])
def test_a_colour_key_outlives_filters(call, key, quirks, run):
    mode = "L" if isinstance(key, int) else "RGB"
    image = Image.effect_noise((90, 60), 60).convert(mode)
    image.info["transparency"] = key
    changed = run(call, Frame(image, quirks=quirks)).image
    assert "transparency" in changed.info
