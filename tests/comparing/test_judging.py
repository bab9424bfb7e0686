"""Two answers side by side; some of them hostile."""

import io
import struct
import zlib

import pytest
from PIL import Image

from thumborlike.batch.answers import Answer
from thumborlike.comparing import judging, likeness
from thumborlike.comparing.classes import Shape
from thumborlike.comparing.judging import judge
from thumborlike.comparing.questions import Question

ASKED = Question("/unsafe/a.jpg", "*/*", 1, Shape("", "", "", ""))
PHOTO = Image.effect_mandelbrot((96, 64), (-2, -1.5, 1, 1.5), 60).convert("RGB")


def body(picture=PHOTO, kind="JPEG", **how):
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def said(data=b"", status=200, media="image/jpeg", **headers):
    return Answer(status, {"content-type": media, **headers}, data)


def fields(old, new):
    return [each.field for each in judge(ASKED, old, new).differences]


def test_equal_answers_do_not_differ():
    verdict = judge(ASKED, said(body()), said(body()))
    assert verdict.differences == ()
    assert verdict.likeness.ssim == pytest.approx(1)


@pytest.mark.parametrize(
    "old, new, differing",
    [
        (said(status=200), said(status=404), ["status"]),
        (Answer(0, error="reset"), Answer(0, error="late"), []),
        (said(status=404, media="text/plain"), said(status=404, media="text/html"), ["type"]),
        (said(body(), vary="Accept"), said(body()), ["vary"]),
        (said(body(), **{"cache-control": "max-age=9, public"}),
         said(body(), **{"cache-control": "max-age=9,public"}), []),
        (said(body(), etag='"a"'), said(body(), etag='"b"'), []),
        (said(body(), etag='"a"'), said(body()), ["etag"]),
        (said(body()), said(body(PHOTO.resize((95, 64)))), ["size"]),
        (said(body()), said(body(PHOTO.convert("L"))), ["mode"]),
        (said(body()), said(body(progressive=True)), ["progressive"]),
        (said(body()), said(body(Image.new("RGB", PHOTO.size))), ["pixels"]),
        (said(body()), said(b"<html>"), ["picture"]),
        (said(b"\xff\xd8broken"), said(b"\xff\xd8broken"), []),
        (said(b'{"a": 1}', media="application/json"),
         said(b'{"a":1}', media="application/json"), []),
        (said(b'{"a": 1}', media="application/json"),
         said(b"[" * 100_000, media="application/json"), ["body"]),
    ],
)  # fmt: skip
def test_differences(old, new, differing):
    assert fields(old, new) == differing


def png(width, height):
    """A head that promises more than there is."""
    data = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + data
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(data)) + chunk
    scan = b"IDAT" + zlib.compress(b"")
    tail = struct.pack(">I", len(scan) - 4) + scan + struct.pack(">I", zlib.crc32(scan))
    return head + struct.pack(">I", zlib.crc32(chunk)) + tail


@pytest.mark.parametrize(
    "hostile",
    [
        png(60_000, 60_000),
        png(12_000, 12_000),
        png(10_000, 6_000),
        body() + b"\xff\xda" * 201,
        b"GIF89a\xff\xff\xff\xff\x80\0\0",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"\0" * 100,
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    ],
)
def test_what_is_hostile_is_unreadable_and_nothing_worse(hostile):
    assert fields(said(body()), said(hostile)) == ["picture"]


def test_bombs_by_frames_cost_a_bounded_number(monkeypatch):
    monkeypatch.setattr(judging, "MOST_FRAMES", 3)
    frames = [Image.new("RGB", (8, 8), (number, 0, 0)) for number in range(0, 200, 20)]
    moving = body(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    other = body(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90)
    found = judge(ASKED, said(moving), said(other)).differences
    assert [(each.field, each.new) for each in found] == [("durations", "[90, 90, 90]")]


def test_large_pictures_are_compared_smaller(monkeypatch):
    monkeypatch.setattr(likeness, "MOST_COMPARED", 1000)
    assert fields(said(body()), said(body(quality=85))) == []
    assert fields(said(body()), said(body(PHOTO.transpose(Image.Transpose.ROTATE_180)))) == [
        "pixels"
    ]
