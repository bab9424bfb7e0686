import io
import random
import zlib

import pytest
from PIL import Image, ImageChops, ImageDraw, UnidentifiedImageError

from thumborlike.imaging import png_reader, png_writer

MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]


def grainy(size=(320, 240)):
    return Image.frombytes("RGB", size, random.Random(5).randbytes(size[0] * size[1] * 3))


def smooth(size=(320, 240)):
    ramp = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (ramp, ramp.rotate(180), ImageChops.invert(ramp)))


def flat(size=(320, 240)):
    image = Image.new("RGB", size, (250, 250, 245))
    pen = ImageDraw.Draw(image)
    for x in range(0, size[0], 9):
        pen.line((x, 0, size[0] - x, size[1]), fill=(x % 256, 40, 90), width=2)
    return image


def in_mode(image, mode):
    if mode == "I;16":
        return image.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
    return image.convert(mode)


def pixels_of(body):
    image = Image.open(io.BytesIO(body))
    image.load()
    return image.mode, image.size, image.tobytes()


@pytest.fixture(params=["installed", "missing"])
def deflate(request, monkeypatch):
    """With whatever deflates here, and with the standard library alone."""
    if request.param == "missing":
        monkeypatch.setattr(png_writer, "inflating", lambda: None)
        monkeypatch.setattr(png_reader, "inflating", lambda: None)
    return request.param


@pytest.mark.parametrize("level", [None, 0, 1, 6, 9])
@pytest.mark.parametrize("draw", [grainy, smooth, flat])
@pytest.mark.parametrize("mode", MODES)
def test_what_is_written_is_what_was_given(deflate, mode, draw, level):
    image = in_mode(draw(), mode)
    options = {} if level is None else {"compress_level": level}
    assert pixels_of(png_writer.save(image, options)) == (mode, image.size, image.tobytes())


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (700, 33), (65, 500)])
def test_odd_sizes(deflate, size):
    image = grainy(size)
    assert pixels_of(png_writer.save(image, {}))[1:] == (size, image.tobytes())


@pytest.mark.parametrize("draw", [grainy, smooth])
def test_metadata_stays(deflate, draw):
    image = draw()
    image.info = {"transparency": (1, 2, 3)}
    options = {"icc_profile": b"profile", "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}
    written = Image.open(io.BytesIO(png_writer.save(image, options)))
    written.load()
    assert written.info["icc_profile"] == b"profile"
    assert written.info["transparency"] == (1, 2, 3)
    assert "exif" in written.info


@pytest.mark.parametrize("draw", [grainy, smooth, flat])
def test_files_are_no_larger_than_pillows(deflate, draw):
    usual = io.BytesIO()
    draw().save(usual, "PNG")
    made = png_writer.save(draw(), {})
    assert len(made) <= len(usual.getvalue()) * 1.11 + 200


def test_a_large_picture_is_written_in_pieces(monkeypatch):
    monkeypatch.setattr(png_writer, "LARGEST", 50_000)
    image = grainy()
    assert pixels_of(png_writer.save(image, {}))[2] == image.tobytes()


def files(mode):
    image = in_mode(flat(), mode)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=9)
    return image, file.getvalue()


@pytest.mark.parametrize("mode", MODES)
def test_what_is_read_is_what_was_written(deflate, mode):
    image, body = files(mode)
    read = png_reader.open_image(body)
    assert read.format == "PNG"
    read.load()
    assert (read.mode, read.tobytes()) == (mode, image.tobytes())


def test_a_picture_larger_than_what_is_inflated_at_once():
    image = Image.new("RGB", (1500, 1500), (10, 200, 30))
    file = io.BytesIO()
    image.save(file, "PNG")
    read = png_reader.open_image(file.getvalue())
    read.load()
    assert read.tobytes() == image.tobytes()


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_cut_files_are_read_as_far_as_they_go(part):
    _, body = files("RGB")
    cut = body[: int(len(body) * part)]
    usual, ours = Image.open(io.BytesIO(cut)), png_reader.open_image(cut)
    usual.load()
    ours.load()
    gap = ImageChops.difference(usual, ours).getbbox()
    assert gap is None or gap[3] - gap[1] <= 2


@pytest.mark.parametrize("place", range(60, 1500, 90))
def test_damaged_files_are_read_as_by_pillow(place):
    _, body = files("RGB")
    damaged = bytearray(body)
    damaged[place] ^= 0x55
    usual, ours = Image.open(io.BytesIO(bytes(damaged))), png_reader.open_image(bytes(damaged))
    usual.load()
    ours.load()
    assert ours.tobytes() == usual.tobytes()


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_no_picture_at_all(body):
    with pytest.raises(UnidentifiedImageError):
        png_reader.open_image(body)


def test_a_stream_comes_out_as_it_went_in():
    raw = random.Random(1).randbytes(700_000) + bytes(3_000_000)
    packed = zlib.compress(raw)
    pieces = iter([packed[at : at + 5000] for at in range(0, len(packed), 5000)])
    stored = png_reader.Stored(zlib)
    blocks = b""
    while piece := stored.read(lambda: next(pieces, b"")):
        blocks += piece
    assert zlib.decompress(blocks) == raw
