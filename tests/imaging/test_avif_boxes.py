"""Sizes by the AV1 streams of an AVIF."""

import io
import struct

import hostile
import pytest
from PIL import Image

from thumborlike.errors import BrokenImage, TooManyPixels
from thumborlike.imaging.avif_boxes import MOST_STEPS, stream_size
from thumborlike.imaging.probe import probe
from thumborlike.settings.sections import ImagingSettings

SIZES = [(1, 1), (16, 16), (801, 37), (64, 1500), (4097, 3)]


def avif(size, mode="RGB", frames=1, **options):
    file = io.BytesIO()
    first, *others = (
        Image.new(mode, size, (9 * n, 60, 90, 128)[: len(mode)]) for n in range(frames)
    )
    more = {"save_all": True, "append_images": others} if others else {}
    first.save(file, "AVIF", speed=10, **more, **options)
    return file.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("frames", [1, 3])
def test_the_stream_says_what_is_decoded(size, mode, frames):
    assert stream_size(avif(size, mode, frames)) == size


@pytest.mark.parametrize("subsampling", ["4:0:0", "4:2:0", "4:2:2", "4:4:4"])
def test_whatever_its_profile(subsampling):
    assert stream_size(avif((123, 45), subsampling=subsampling)) == (123, 45)


def test_an_exif_block_is_no_stream():
    exif = Image.Exif()
    exif[0x010E] = "\x0a" * 500
    assert stream_size(avif((20, 30), exif=exif.tobytes())) == (20, 30)


@pytest.mark.parametrize("frames", [1, 3])
def test_a_stream_larger_than_its_boxes_say_counts(frames):
    lying = hostile.sides_changed(avif((1200, 1000), frames=frames), 64, 64)
    assert stream_size(lying) == (1200, 1000)
    assert probe(avif((1200, 1000), frames=frames), ImagingSettings(max_pixels=1_200_000))
    with pytest.raises(TooManyPixels):
        probe(lying, ImagingSettings(max_pixels=1_199_999))


def test_it_says_nothing_of_what_is_none():
    for body in (b"", b"\0" * 100, b"\xff" * 100, avif((9, 9))[:40]):
        assert stream_size(body) == (0, 0)


def test_damaged_files_are_read_as_far_as_they_go():
    whole = avif((50, 60), "RGBA", 2)
    for end in range(0, len(whole), 7):
        stream_size(whole[:end])
    for at in range(len(whole)):
        for value in (0, 0x0A, 0x7F, 0xFF):
            changed = bytearray(whole)
            changed[at] = value
            width, height = stream_size(bytes(changed))
            assert 0 <= width <= 65536
            assert 0 <= height <= 65536


def items(places):
    """A file of one coded item, with these places."""
    entry = hostile.box(b"infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), b"av01", b"\0")
    listed = hostile.box(b"iinf", b"\0\0\0\0", struct.pack(">H", 1), entry)
    return hostile.box(b"meta", b"\0\0\0\0", listed, hostile.box(b"iloc", places))


@pytest.mark.parametrize(
    "body",
    [
        # pieces of no length, of which the box could hold any number
        items(b"\0\0\0\0" + b"\0\0" + b"\0\3" + struct.pack(">HHH", 1, 0, 65535) * 3),
        hostile.box(b"free") * (MOST_STEPS + 1),
        # units without contents
        items(b"\0\0\0\0" + b"\x44\0" + b"\0\1" + struct.pack(">HHHII", 1, 0, 1, 0, 0))
        + b"\x12\0" * (MOST_STEPS + 1),
    ],
    ids=["pieces", "boxes", "units"],
)
def test_more_parts_than_any_picture_has_are_refused(body):
    if body[-2:] == b"\x12\0":
        start = body.index(b"\x12\0" * 8)
        at = body.index(b"iloc") + 4 + 4 + 2 + 2 + 6
        body = body[:at] + struct.pack(">I", start) + body[at + 4 :]
    with pytest.raises(BrokenImage):
        stream_size(body)


def bits(*fields):
    """Numbers of so many bits, one after the other, as bytes."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def test_a_size_behind_all_that_may_stand_before_it():
    point = [(0, 12), (9, 5), (1, 1), (1, 1), (0, 65), (1, 1), (3, 4)]
    times = [(1, 1), (1, 32), (30, 32), (1, 1), (0, 2), (1, 1), (3, 2)]
    model = [(1, 1), (31, 5), (1, 32), (4, 5), (4, 5)]
    head = [(0, 3), (0, 1), (0, 1), *times, *model, (1, 1), (31, 5), *point * 32]
    header = bits(*head, (15, 4), (13, 4), (50_000, 16), (9_999, 14))
    size = bytes([len(header) & 0x7F | 0x80, len(header) >> 7])
    body = items(b"\0\0\0\0" + b"\x44\0" + b"\0\1" + struct.pack(">HHHII", 1, 0, 1, 0, 0))
    at = body.index(b"iloc") + 4 + 4 + 2 + 2 + 6
    body = body[:at] + struct.pack(">I", len(body)) + body[at + 4 :] + b"\x0a" + size + header
    assert stream_size(body) == (50_001, 10_000)
