"""What is read of GIF, ICO and TIFF before Pillow opens them."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from thumborlike.errors import TooManyPixels
from thumborlike.imaging.containers import contents
from thumborlike.imaging.failures import DECODER_ERRORS
from thumborlike.imaging.gif_blocks import gif_layout
from thumborlike.imaging.probe import probe
from thumborlike.imaging.tiff import upright_exif, upright_tiff
from thumborlike.settings.sections import ImagingSettings

LIMITED = ImagingSettings(max_pixels=1_000_000)


def gif(*sizes, screen=(10, 10), disposal=2):
    """A GIF of frames of these declared sizes, each a few bytes long."""
    body = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    for size in sizes:
        body += b"!\xf9\x04" + bytes([disposal << 2, 10, 0, 0]) + b"\0"
        body += b"," + struct.pack("<HHHHB", 0, 0, *size, 0) + b"\x02\x02\x4c\x01\0"
    return body + b";"


def png_header(width, height):
    data = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + data
    start = struct.pack(">I", len(data)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + start + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"


def icon(inner):
    index = struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, 32, len(inner), 22)
    return b"\0\0\1\0\1\0" + index + inner


def tiff(name, orientation, body_of):
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.open(io.BytesIO(body_of(name))).save(buffer, "TIFF", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
def test_a_gif_frame_beyond_its_screen_counts(disposal):
    body = gif((10, 10), (30_000, 30_000), (10, 10), disposal=disposal)
    assert (gif_layout(body).size, gif_layout(body).frames) == ((30_000, 30_000), 3)
    with pytest.raises(TooManyPixels):
        probe(body, LIMITED)


def test_frames_are_counted_no_further_than_allowed():
    body = gif(*[(1, 1)] * 50)
    assert gif_layout(body, 50).frames == 50
    with pytest.raises(TooManyPixels):
        gif_layout(body, 49)


@pytest.mark.parametrize("name", ["moving.gif", "still.gif", "clear.gif"])
def test_gif_frames_are_those_that_pillow_finds(body_of, name):
    """A walk that differs from Pillow's could be shown other frames than are decoded."""
    chance = random.Random(name)
    for _ in range(150):
        body = bytearray(body_of(name))
        for _ in range(chance.randint(0, 3)):
            body[chance.randrange(13, len(body))] = chance.choice((0, 33, 44, 59, 254, 255))
        try:
            image = Image.open(io.BytesIO(bytes(body)), formats=["GIF"])
            frames = image.n_frames
        except DECODER_ERRORS:
            continue
        assert gif_layout(bytes(body)).frames == frames


def test_an_icon_is_as_large_as_what_it_holds():
    body = icon(png_header(30_000, 30_000))
    assert contents(body, "ico", ImagingSettings()).size == (30_000, 30_000)
    with pytest.raises(TooManyPixels):
        probe(body, LIMITED)


def test_ordinary_icons_are_read(picture):
    buffer = io.BytesIO()
    Image.new("RGBA", (48, 48), "red").save(buffer, "ICO", sizes=[(48, 48)])
    made = picture("20x20", "icon.ico", body=buffer.getvalue())
    assert (made.size, made.format) == ((20, 20), "JPEG")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiffs_are_turned_as_all_others(picture, body_of, orientation):
    body = tiff("rgb.tiff", orientation, body_of)
    plain = picture("", "rgb.tiff")
    assert picture("", "x.tiff", body=body).tobytes() == plain.tobytes()
    turned = picture("", "x.tiff", body=body, respect_orientation=True)
    assert (turned.size == plain.size) is (orientation < 5)
    decoder = picture("", "x.tiff", body=body, thumbor_quirks=True)
    assert decoder.tobytes() == turned.tobytes()


@pytest.mark.parametrize("data", [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff"])
def test_damaged_directories_are_left_as_they_are(data):
    assert upright_tiff(data) == (data, 1)
    assert upright_exif(b"Exif\0\0" + data) == b"Exif\0\0" + data


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_only_the_orientation_of_an_exif_block_changes(prefix):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    block = prefix + exif.tobytes().removeprefix(b"Exif\0\0")
    changed = upright_exif(block)
    assert sum(a != b for a, b in zip(block, changed, strict=True)) == 1
    upright = Image.Exif()
    upright.load(changed)
    assert (upright[0x0112], upright[0x010F]) == (1, "Maker")
