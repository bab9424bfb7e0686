import io
import json
import random

import pytest
from PIL import Image, ImageChops, ImageStat

from thumborlike.errors import TooManyPixels
from thumborlike.imaging.resize import upright

PHOTOS = ["photo.jpg", "large.jpg", "portrait.jpg", "progressive.jpg", "444.jpg"]
ODD_SIZES = ["20x20", "100x30", "61x47", "150x149"]


def difference(first, second):
    assert first.size == second.size
    gap = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
    return sum(ImageStat.Stat(gap).mean) / 3


@pytest.mark.parametrize("operations", ODD_SIZES)
@pytest.mark.parametrize("name", PHOTOS)
def test_reduced_decoding_looks_like_full_decoding(picture, body_of, operations, name):
    lossless = f"{operations}/filters:format(png)"
    whole = Image.open(io.BytesIO(body_of(name)))
    whole.load()
    full = io.BytesIO()
    whole.save(full, "PNG")
    reduced = picture(lossless, name)
    reference = picture(lossless, name, body=full.getvalue())
    assert difference(reduced, reference) < 2.5


@pytest.mark.parametrize(
    ("operations", "reduced"), [("460x460", False), ("380x380", True), ("200x200", True)]
)
def test_fine_grain_is_decoded_with_pixels_to_spare(picture, operations, reduced):
    grain = Image.frombytes("L", (1200, 1000), random.Random(1).randbytes(1200 * 1000))
    noisy, whole = io.BytesIO(), io.BytesIO()
    grain.save(noisy, "JPEG", quality=90)
    Image.open(noisy).save(whole, "PNG")
    lossless = f"{operations}/filters:format(png)"
    made = picture(lossless, "x.jpg", body=noisy.getvalue())
    reference = picture(lossless, "x.png", body=whole.getvalue())
    assert (difference(made, reference) > 0) is reduced


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("operations", ["", "40x40", "10x20:90x100/33x20", "-30x", "fit-in/60x60"])
def test_every_orientation_gives_the_upright_picture(picture, orientation, operations):
    name = f"orientation-{orientation}.jpg"
    source = picture("filters:format(png)", name)
    assert source.size == (160, 120)
    turned = picture(f"{operations}/filters:format(png)", name, respect_orientation=True)
    expected = upright_of(operations, orientation, picture)
    assert turned.size == expected.size
    assert difference(turned, expected) < 3


def upright_of(operations, orientation, picture):
    """What the operations give on a picture that was turned beforehand."""
    stored = picture("filters:format(png)", f"orientation-{orientation}.jpg")
    buffer = io.BytesIO()
    upright(stored, orientation).save(buffer, "PNG")
    return picture(f"{operations}/filters:format(png)", "rgb.png", body=buffer.getvalue())


def test_nothing_outside_the_crop_shines_in(picture):
    inside = picture("30x40:190x140/40x25/filters:format(png)", "bordered.png")
    edge = inside.convert("RGB").crop((0, 0, inside.width, 1)).resize((1, 1)).getpixel((0, 0))
    below = inside.convert("RGB").crop((0, 1, inside.width, 2)).resize((1, 1)).getpixel((0, 0))
    assert max(abs(a - b) for a, b in zip(edge, below, strict=True)) < 20


def test_untouched_palettes_stay_as_they_are(picture, body_of):
    image = picture("10x10:60x60", "palette.png")
    assert image.mode == "P"
    source = picture("", "palette.png")
    assert difference(image, source.convert("RGB").crop((10, 10, 60, 60))) == 0


def test_animated_gifs_keep_their_durations_and_loop(picture):
    image = picture("50x40", "moving.gif")
    durations = []
    for number in range(image.n_frames):
        image.seek(number)
        durations.append(image.info["duration"])
    assert durations == [100, 50, 200, 100, 100, 300]
    assert image.info["loop"] == 0
    assert image.size == (50, 40)


def test_an_animation_ends_where_it_is_damaged(picture, body_of):
    body = body_of("moving.gif")
    counts = [
        getattr(picture("50x40", "moving.gif", body=body[: len(body) * step // 10]), "n_frames", 1)
        for step in (4, 6, 8, 10)
    ]
    assert counts == sorted(counts)
    assert counts[-1] == 6


def test_an_animation_is_not_enlarged_beyond_its_limit(answer):
    assert answer("400x300", "moving.gif", max_animation_pixels=6 * 400 * 300)
    with pytest.raises(TooManyPixels):
        answer("400x301", "moving.gif", max_animation_pixels=6 * 400 * 300)


@pytest.mark.parametrize("flips", ["-30x20", "30x-20", "-30x-20"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_flips_follow_the_orientation(picture, orientation, flips):
    name = f"orientation-{orientation}.jpg"
    plain = picture("30x20/filters:format(png)", name, respect_orientation=True)
    flipped = picture(f"{flips}/filters:format(png)", name, respect_orientation=True)
    if flips.startswith("-"):
        plain = plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if "x-" in flips:
        plain = plain.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    assert flipped.tobytes() == plain.tobytes()


def test_an_animation_may_become_a_still(picture):
    assert picture("50x40/filters:cover()", "moving.gif").n_frames == 1
    assert picture("50x40", "moving.gif", allow_animated_gifs=False).n_frames == 1
    assert picture("50x40/filters:format(png)", "moving.gif").size == (50, 40)


def test_gif_filters_follow_the_quirk(answer):
    operations = "50x40/filters:format(png):grayscale()"
    assert answer(operations, "still.gif").media_type == "image/png"
    assert answer(operations, "still.gif", thumbor_quirks=True).media_type == "image/gif"


def test_meta_tells_what_was_done(answer):
    made = answer("meta/-300x200", "photo.jpg", thumbor_quirks=True)
    assert made.media_type == "application/json"
    assert json.loads(made.body) == {
        "thumbor": {
            "source": {"url": "photo.jpg", "width": 300, "height": 200, "frameCount": 1},
            "operations": [
                {"type": "crop", "left": 0, "top": 14, "right": 320, "bottom": 227},
                {"type": "resize", "width": 300.0, "height": 200.0},
                {"type": "flip_horizontally"},
            ],
            "target": {"width": 300.0, "height": 200.0},
            "focal_points": [
                {"x": 160, "y": 120, "z": 1.0, "height": 1, "width": 1, "origin": "alignment"}
            ],
        }
    }


def test_meta_also_tells_the_true_size(answer):
    source = json.loads(answer("meta/30x20", "photo.jpg").body)["thumbor"]["source"]
    assert (source["originalWidth"], source["originalHeight"]) == (320, 240)


def test_debug_draws_the_focal_points(picture):
    image = picture("debug/filters:focal(100x50:140x90):format(png)", "photo.jpg")
    assert image.size == (320, 240)
    assert image.getpixel((100, 50)) == (255, 255, 255)


def test_output_is_bounded(answer):
    with pytest.raises(TooManyPixels):
        answer("9000x9000", "photo.jpg")
    with pytest.raises(TooManyPixels):
        answer("fit-in/9000x9000/filters:fill(red)", "photo.jpg")


@pytest.mark.parametrize("name", ["truncated.jpg", "truncated.png"])
def test_cut_pictures_are_shown_as_far_as_they_go(picture, name):
    assert picture("40x30", name).size == (40, 30)


def test_cmyk_with_and_without_profile(picture):
    assert difference(picture("40x40", "cmyk.jpg"), picture("40x40", "photo.jpg")) < 12
