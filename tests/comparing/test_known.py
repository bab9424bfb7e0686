"""Which differences are meant, and which only look like it."""

import io
import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

from thumborlike.batch.answers import Answer
from thumborlike.comparing.classes import Shape
from thumborlike.comparing.judging import judge
from thumborlike.comparing.known import GENERAL, explain
from thumborlike.comparing.questions import Question

PICTURES = Path(__file__).parent.parent / "pictures"
SIZE = (96, 64)
GRADIENT = Image.linear_gradient("L").resize(SIZE)
PHOTO = Image.merge("RGB", [GRADIENT, GRADIENT.rotate(180), Image.effect_mandelbrot(SIZE, (-2, -1.5, 1, 1.5), 60)])  # fmt: skip  # noqa: E501


def body(picture, kind="PNG", **how):
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def picture(image, kind="PNG", **how):
    return Answer(200, {"content-type": f"image/{kind.lower()}"}, body(image, kind, **how))


def status(number, **headers):
    return Answer(number, {"content-type": "text/plain", **headers})


def told(path, old, new, accept="*/*"):
    """Field and rule of each difference."""
    asked = Question(path, accept, 1, Shape("", "", "", ""))
    verdict = judge(asked, old, new)
    rules = [explain(verdict, each) for each in verdict.differences]
    return {
        each.field: rule.name if rule else ""
        for each, rule in zip(verdict.differences, rules, strict=True)
    }


@pytest.mark.parametrize(
    "old, new, rule",
    [
        (500, 400, "no-crash"), (500, 200, "no-crash"), (404, 502, "upstream-errors"),
        (504, 502, "early-close"), (500, 502, "refused-connections"), (400, 415, "missing-decoder"),
        (200, 400, ""), (200, 404, ""), (404, 200, ""), (200, 500, ""), (0, 200, ""), (0, 400, ""),
        (200, 0, ""), (403, 400, ""), (200, 503, ""), (404, 500, ""),
    ],
)  # fmt: skip
def test_statuses(old, new, rule):
    assert told("/unsafe/1x1/a.jpg", status(old), status(new)) == {"status": rule}


def test_headers():
    more, less = status(200, vary="Accept"), status(200)
    assert told("/unsafe/a.jpg", less, more) == {"vary": "vary-always"}
    assert told("/unsafe/a.jpg", more, less) == {"vary": ""}
    old, new = status(200, **{"cache-control": "max-age=9"}), status(200)
    assert told("/unsafe/a.jpg", old, new) == {"cache-control": ""}
    assert told("/unsafe/filters:max_age(3)/a.jpg", old, new) == {
        "cache-control": "hits-like-misses"
    }
    assert told("/unsafe/a.jpg", status(404, **{"cache-control": "a"}), status(404)) == {
        "cache-control": "error-reason"
    }


def test_a_format_that_is_not_accepted():
    old, new = picture(PHOTO, "WEBP"), picture(PHOTO, "JPEG")
    assert set(told("/unsafe/a.jpg", old, new).values()) == {"separate-results"}
    assert told("/unsafe/a.jpg", old, new, "image/webp")["type"] == ""
    assert told("/unsafe/a.jpg", new, old)["type"] == ""


def test_noise_of_encoders_is_told_from_a_difference():
    photo = Image.open(PICTURES / "photo.jpg").convert("RGB").resize((240, 160))
    photo = ImageChops.add(photo, Image.merge("RGB", [dots(photo.size, 12)] * 3))
    again = ImageChops.add(photo, Image.merge("RGB", [dots(photo.size, 2)] * 3))
    path, old = "/unsafe/240x160/a.jpg", picture(photo, "WEBP", quality=80)
    assert told(path, old, picture(again, "WEBP", quality=80)) == {"pixels": "encoder-noise"}
    for other in (
        ImageChops.offset(photo, 1, 0),
        photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        photo.point(lambda value: value + 6),
        ImageChops.add(photo, Image.new("RGB", photo.size, (0, 0, 30))),
        photo.filter(ImageFilter.GaussianBlur(1)),
    ):
        assert told(path, old, picture(other, "WEBP", quality=80)) == {"pixels": ""}


def dots(size, most):
    """Noise of so many levels."""
    chance = random.Random(most)
    return Image.frombytes(
        "L", size, bytes(chance.randrange(most) for _ in range(size[0] * size[1]))
    )


def test_what_thumbor_makes_of_deep_grey():
    white, grey = Image.new("RGB", SIZE, (255, 255, 255)), GRADIENT.convert("RGB")
    assert told("/unsafe/a.png", picture(white), picture(grey)) == {"pixels": "deep-grey"}
    assert told("/unsafe/a.png", picture(grey), picture(white)) == {"pixels": ""}
    assert told("/unsafe/a.png", picture(PHOTO), picture(Image.new("RGB", SIZE))) == {"pixels": ""}


def test_a_colour_key():
    clear = PHOTO.convert("RGBA")
    clear.paste((255, 255, 255, 0), (0, 0, 9, 9))
    found = told("/unsafe/a.png", picture(PHOTO), picture(clear))
    assert set(found.values()) == {"colour-key"}
    assert "" in told("/unsafe/a.jpg", picture(PHOTO), picture(clear)).values()


def test_animations():
    frames = [PHOTO.quantize(16), PHOTO.rotate(180).quantize(16)]
    moving = picture(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=80)
    still = picture(PHOTO.quantize(16), "WEBP")
    assert told("/unsafe/a.webp", still, moving)["frames"] == "animations"
    assert told("/unsafe/a.webp", moving, still)["frames"] == ""


@pytest.mark.parametrize(
    "path, rule",
    [
        ("/unsafe/filters:pixelate(9)/a.jpg", "new-filters"),
        ("/unsafe/filters:quality(9):text(a)/a.jpg", "new-filters"),
        ("/unsafe/filters:noise(9)/a.jpg", "noise"),
        ("/unsafe/filters:equalize()/a.jpg", "equalize-minimum"),
        ("/unsafe/filters:grayscale()/a.gif", "gif-filters"),
        ("/unsafe/100x5/a.jpg", "extreme-ratios"),
        ("/unsafe/trim:50/96x64/a.jpg", "trim-tolerance"),
        ("/unsafe/filters:quality(9)/pixelate(9).jpg", ""),
        ("/unsafe/96x64/a.jpg", ""),
        ("/unsafe/96x64/a.gif", ""),
        ("/unsafe/filters:blur(3)/a.jpg", ""),
    ],
)
def test_rules_by_what_was_asked(path, rule):
    other = PHOTO.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    assert told(path, picture(PHOTO), picture(other)) == {"pixels": rule}


def test_another_part_of_the_picture_by_smart():
    photo = Image.open(PICTURES / "photo.jpg").convert("RGB")
    one, other = (photo.crop((left, 0, left + 100, 100)) for left in (0, 60))
    old, new = picture(one), picture(other)
    assert told("/unsafe/100x100/smart/a.jpg", old, new) == {"pixels": "smart-saliency"}
    assert told("/unsafe/100x100/a.jpg", old, new) == {"pixels": ""}
    assert told("/unsafe/100x/smart/a.jpg", old, new) == {"pixels": ""}
    black = picture(Image.new("RGB", one.size))
    assert told("/unsafe/100x100/smart/a.jpg", old, black) == {"pixels": ""}


def test_no_rule_fails_on_what_cannot_be_read():
    broken = Answer(200, {"content-type": "image/png"}, b"\x89PNG broken")
    for path in (
        "/unsafe/trim/filters:grayscale():frame(a):sharpen(1,1)/a.gif",
        "/",
        "/unsafe/a.png",
    ):
        assert set(told(path, broken, picture(PHOTO)).values()) <= {"", "gif-filters"}


def test_names_of_rules_are_short():
    assert all(rule.name and rule.reason.endswith(".") for rule in GENERAL)


def test_what_is_sharpened_below_thumbors_bound():
    def rule(chain, size):
        old, new = (GRADIENT.rotate(turn).resize(size) for turn in (0, 180))
        return told(f"/unsafe/filters:{chain}/a.png", picture(old), picture(new))["pixels"]

    assert rule("sharpen(1,1,false)", (40, 31)) == "small-sharpen"
    assert rule("sharpen(1,1,false)", (40, 40)) == ""
    assert rule("brightness(9)", (40, 31)) == ""
    assert rule("proportion(0.5):sharpen(1,1,false):fill(red)", (80, 80)) == "small-sharpen"
    assert rule("sharpen(1,1,false):fill(red)", (80, 80)) == ""
    assert rule("fill(red):sharpen(1,1,false)", (40, 40)) == ""
