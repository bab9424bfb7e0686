import io
import itertools
import struct

import pytest
from PIL import Image

from thumborlike.imaging.color import displayable, eight_bit, fitting, has_visible_transparency


def cmyk_profile(lightness):
    """A tiny ICC profile: any ink at all gives this lightness without colour, paper is white."""
    grid = bytearray()
    for inks in itertools.product((0, 1), repeat=4):
        grid += bytes((lightness if any(inks) else 255, 128, 128))
    identity = struct.pack(">9i", *(0x10000 if n in (0, 4, 8) else 0 for n in range(9)))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity
    table += bytes(range(256)) * 4 + bytes(grid) + bytes(range(256)) * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    tags = {b"A2B0": table, b"wtpt": white}
    offset, directory, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, body in tags.items():
        padded = body + bytes(-len(body) % 4)
        directory += struct.pack(">4sII", name, offset + len(data), len(padded))
        data += padded
    size = offset + len(data)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + directory + data


def cmyk_jpeg(profile):
    image = Image.new("CMYK", (64, 48), (0, 255, 0, 0))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95, icc_profile=profile)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "operations", ["32x24", "32x24/filters:format(webp)", "filters:strip_icc()"]
)
def test_cmyk_goes_through_its_profile(picture, operations):
    made = picture(operations, "cmyk.jpg", body=cmyk_jpeg(cmyk_profile(128)))
    red, green, blue = made.convert("RGB").getpixel((5, 5))
    assert abs(red - green) < 12
    assert abs(green - blue) < 12
    assert 90 < red < 150
    assert not made.info.get("icc_profile")


@pytest.mark.parametrize("profile", [None, b"junk" * 50, b"\0" * 16 + b"CMYK" + b"\0" * 200])
def test_without_a_usable_profile_the_formula_decides(picture, profile):
    made = picture("32x24", "cmyk.jpg", body=cmyk_jpeg(profile))
    red, green, blue = made.getpixel((5, 5))
    assert red > 200
    assert green < 60
    assert blue > 200


@pytest.mark.parametrize(
    ("space", "modes"),
    [
        (b"RGB ", {"RGB", "RGBA", "P"}),
        (b"GRAY", {"L", "LA", "I;16"}),
        (b"CMYK", set()),
    ],
)
def test_a_profile_stays_only_on_pixels_that_it_describes(space, modes):
    icc = b"\0" * 16 + space + b"\0" * 200
    assert {
        each for each in ("RGB", "RGBA", "P", "L", "LA", "I;16", "1") if fitting(icc, each)
    } == (modes)
    assert fitting(None, "RGB") is None


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "HSV", "F", "I", "I;16B", "RGBa", "La"])
def test_every_mode_becomes_a_plain_one(mode):
    image = Image.new(mode, (3, 3))
    assert displayable(image, None).mode in ("RGB", "RGBA", "L", "LA", "I;16")


def ramp(mode, low, high):
    """A TIFF of 64 x 4 pixels that rise from `low` to `high`."""
    code, steps = {"I": "<i", "F": "<f", "I;16B": ">H", "I;16": "<H"}[mode], range(64)
    values = [low + (high - low) * step / 63 for step in steps]
    row = b"".join(struct.pack(code, each if mode == "F" else round(each)) for each in values)
    buffer = io.BytesIO()
    Image.frombytes(mode, (64, 4), row * 4).save(buffer, "TIFF")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("mode", "highest"), [("I", 65535), ("I;16", 65535), ("I;16B", 65535), ("F", 1), ("F", 255)]
)
@pytest.mark.parametrize("name", ["jpeg", "webp", "png"])
def test_wide_greys_keep_their_range(picture, mode, highest, name):
    made = picture(f"filters:format({name})", "x.tiff", body=ramp(mode, 0, highest))
    grey = eight_bit(made).convert("L")
    assert abs(grey.getpixel((0, 2))) < 6
    assert abs(grey.getpixel((32, 2)) - 129) < 6
    assert abs(grey.getpixel((63, 2)) - 255) < 6


def test_transparency_counts_only_where_it_is_seen():
    opaque = Image.new("RGBA", (4, 4), (1, 2, 3, 255))
    assert not has_visible_transparency(opaque)
    opaque.putpixel((0, 0), (1, 2, 3, 254))
    assert has_visible_transparency(opaque)
    assert not has_visible_transparency(Image.new("RGB", (4, 4)))
    keyed = Image.new("RGB", (4, 4), (1, 2, 3))
    keyed.info["transparency"] = (9, 9, 9)
    assert not has_visible_transparency(keyed)
    keyed.info["transparency"] = (1, 2, 3)
    assert has_visible_transparency(keyed)
