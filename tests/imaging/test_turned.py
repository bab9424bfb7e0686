"""`orient()`: turning what is stored, whatever its Exif orientation."""

from __future__ import annotations

import pytest
from PIL import Image

from thumborlike.imaging.resize import turned, upright


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("quarters", range(4))
def test_a_turn_is_one_more_orientation(orientation, quarters):
    image = Image.frombytes("L", (3, 2), bytes(range(6)))
    wanted = upright(image, orientation)
    for _ in range(quarters):
        wanted = wanted.transpose(Image.Transpose.ROTATE_90)
    made = upright(image, turned(orientation, 90 * quarters))
    assert (made.size, made.tobytes()) == (wanted.size, wanted.tobytes())
