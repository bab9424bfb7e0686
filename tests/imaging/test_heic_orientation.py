"""HEIC out of pictures with an EXIF orientation: turned as often as everywhere else."""

import io
import struct

import pytest
from PIL import Image

from thumborlike.imaging import decoders

pytestmark = pytest.mark.skipif(
    not decoders.installed("heif"), reason="the extra heif is not installed"
)


def shown(body):
    """Size as viewers show it, and the orientations that the file still tells."""
    from pillow_heif import open_heif

    picture = open_heif(io.BytesIO(body))
    exif = Image.Exif()
    exif.load(picture.info.get("exif") or b"")
    told = {exif.get(0x0112, 1), picture.info.get("original_orientation") or 1}
    return picture.size, told


@pytest.mark.parametrize("source", ["orientation-6.jpg", "orientation-6.png"])
@pytest.mark.parametrize(
    ("keys", "size"),
    [
        ({}, (160, 120)),
        ({"respect_orientation": True}, (120, 160)),
        ({"respect_orientation": True, "preserve_exif_info": True}, (120, 160)),
        ({"preserve_exif_info": True}, (120, 160)),
        ({"preserve_exif_copyright_info": True}, (160, 120)),
    ],
    ids=["dropped", "applied", "applied and kept", "kept for the viewer", "copyright"],
)
def test_heic_is_turned_once_and_tells_no_stale_orientation(answer, source, keys, size):
    made = answer("filters:format(heic)", source, **keys)
    assert shown(made.body) == (size, {1})


def test_the_quarter_turn_is_the_right_one(answer):
    kept = answer("filters:format(heic)", "orientation-6.jpg", preserve_exif_info=True)
    applied = answer("filters:format(heic)", "orientation-6.jpg", respect_orientation=True)
    assert decoded(kept.body) == pytest.approx(decoded(applied.body), abs=2)


def decoded(body):
    from pillow_heif import open_heif

    picture = open_heif(io.BytesIO(body)).to_pillow().convert("L").resize((6, 8))
    return list(struct.unpack("48B", picture.tobytes()))
