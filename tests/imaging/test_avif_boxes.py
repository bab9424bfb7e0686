"""Sizes by the AV1 streams of an AVIF."""

import io
import struct
import time

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


def items(*pieces, form=0x4400):
    """A file that says where the pieces of its one coded item lie: offset and length."""
    entry = hostile.box(b"infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), b"av01", b"\0")
    listed = hostile.box(b"iinf", b"\0\0\0\0", struct.pack(">H", 1), entry)
    places = struct.pack(">IHHHHH", 0, form, 1, 1, 0, len(pieces))
    places += b"".join(struct.pack(">II", *each) for each in pieces)
    return hostile.box(b"meta", b"\0\0\0\0", listed, hostile.box(b"iloc", places))


def file_of(data, *cuts):
    """A file of one item, whose data are cut into pieces at these places."""
    begins, ends = (0, *cuts), (*cuts, len(data))
    start = len(items(*zip(begins, ends, strict=True)))
    return items(*((start + a, b - a) for a, b in zip(begins, ends, strict=True))) + data


def samples(data, sizes, per_chunk, *, every=0):
    """A file with one track, whose samples lie at its end, so many in each chunk."""

    def table(kind, *numbers):
        return hostile.box(kind, struct.pack(f">{len(numbers) + 1}I", 0, *numbers))

    def whole(start):
        bounds = [start + sum(sizes[:n]) for n in range(0, len(sizes), per_chunk)]
        tables = (
            table(b"stsz", every, len(sizes), *(() if every else sizes)),
            table(b"stsc", 1, 1, per_chunk, 1),
            table(b"stco", len(bounds), *bounds),
        )
        inside = b"".join(tables)
        for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
            inside = hostile.box(kind, inside)
        return inside

    return whole(len(whole(0))) + data


def unit(kind, payload, *, sized=True):
    """An open bitstream unit."""
    size = bytes([len(payload) & 0x7F | 0x80, len(payload) >> 7]) if sized else b""
    return bytes([kind << 3 | 2 * sized]) + size + payload


def bits(*fields):
    """Numbers of so many bits, one after the other, as bytes."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def header(width, height):
    """A reduced sequence header."""
    return bits((0, 3), (1, 1), (1, 1), (0, 5), (15, 4), (15, 4), (width - 1, 16), (height - 1, 16))


BIG = header(50_001, 10_000)
FRAME = unit(6, b"\1\2\3")


@pytest.mark.parametrize(
    "body",
    [
        file_of(unit(2, b"") + unit(1, BIG)),
        file_of(unit(1, BIG, sized=False)),
        file_of(unit(1, header(9, 9)) + FRAME + unit(1, BIG) + FRAME),
        file_of(unit(1, BIG), 1),
        file_of(unit(1, BIG), 1, 3, 6),
        samples(unit(1, BIG), [len(unit(1, BIG))], 1),
        samples(FRAME * 3 + unit(1, BIG), [6, 6, 6, len(unit(1, BIG))], 2),
        samples(unit(6, b"abc", sized=False) + unit(1, BIG), [4, len(unit(1, BIG))], 2),
        samples(FRAME * 2, [6, 6], 1, every=6) + file_of(b"")[:0],
    ],
    ids=[
        "one", "without length", "a second header", "in two pieces", "in four pieces", "sample",
        "fourth sample", "after a sample without length", "none",
    ],
)  # fmt: skip
def test_no_way_to_hide_a_header(request, body):
    hidden = "none" not in request.node.callspec.id
    assert stream_size(body) == ((50_001, 10_000) if hidden else (0, 0))


def test_what_one_part_of_a_file_holds_hides_nothing_of_another():
    data = unit(1, BIG, sized=False)
    entry = [hostile.box(b"infe", b"\2\0\0\0", struct.pack(">HH", n, 0), b"av01\0") for n in (1, 2)]
    listed = hostile.box(b"iinf", b"\0\0\0\0", struct.pack(">H", 2), *entry)

    def located(start):
        places = struct.pack(">IHH", 0, 0x4400, 2)
        for number, size in ((1, 1), (2, len(data))):
            places += struct.pack(">HHHII", number, 0, 1, start, size)
        return hostile.box(b"meta", b"\0\0\0\0", listed, hostile.box(b"iloc", places))

    assert stream_size(located(len(located(0))) + data) == (50_001, 10_000)


@pytest.mark.parametrize(
    "make",
    [
        lambda: items(*[(0, 0)] * 65535, form=0),
        lambda: hostile.box(b"free") * (MOST_STEPS + 1),
        lambda: file_of(unit(2, b"") * (MOST_STEPS + 1)),
        lambda: file_of(unit(1, BIG) * (MOST_STEPS + 1)),
        lambda: samples(b"", [0] * (MOST_STEPS + 1), MOST_STEPS),
        lambda: items((0, 600), (0, 600), (0, 600), (0, 600)) + bytes(900),
    ],
    ids=["pieces", "boxes", "units", "headers", "samples", "pieces that overlap"],
)
def test_more_parts_than_any_picture_has_are_refused(make):
    body = make()
    began = time.process_time()
    with pytest.raises(BrokenImage):
        stream_size(body)
    assert time.process_time() - began < 2


def test_a_size_behind_all_that_may_stand_before_it():
    point = [(0, 12), (9, 5), (1, 1), (1, 1), (0, 65), (1, 1), (3, 4)]
    times = [(1, 1), (1, 32), (30, 32), (1, 1), (0, 2), (1, 1), (3, 2)]
    model = [(1, 1), (31, 5), (1, 32), (4, 5), (4, 5)]
    head = [(0, 3), (0, 1), (0, 1), *times, *model, (1, 1), (31, 5), *point * 32]
    whole = bits(*head, (15, 4), (13, 4), (50_000, 16), (9_999, 14))
    assert stream_size(file_of(unit(1, whole))) == (50_001, 10_000)
