"""Animations from every format that has them into every one that carries them."""

import io

import pytest
from PIL import Image

from thumborlike.errors import TooManyPixels
from thumborlike.imaging.animation import hundredths, plays_of

CLEAR = ["clear-moving.gif", "moving.webp", "moving.png", "moving.avif"]
CARRIERS = ["gif", "webp", "avif"]
DURATIONS = [40, 70, 200, 100, 330]


def shown(image):
    """Each frame as RGBA with its duration."""
    image = image if isinstance(image, Image.Image) else Image.open(io.BytesIO(image))
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        frames.append((image.convert("RGBA"), round(image.info.get("duration", 0))))
    return frames


def near(color, other, gap=40):
    return all(abs(a - b) <= gap for a, b in zip(color, other, strict=True))


@pytest.mark.parametrize("name", CLEAR)
@pytest.mark.parametrize("out", [*CARRIERS, ""])
def test_frames_durations_and_transparency_are_kept(picture, name, out):
    operations = f"48x36/filters:format({out})" if out else "48x36"
    image = picture(operations, name)
    frames = shown(image)
    assert [duration for _, duration in frames] == DURATIONS
    for step, (frame, _) in enumerate(frames):
        disc = 10 + 7 * step
        assert frame.size == (48, 36)
        assert near(frame.getpixel((disc, 18)), (220, 60, 40, 255))
        assert near(frame.getpixel((24, 34)), (30, 60, 160, 255))
        for other in range(5):
            if abs(other - step) > 2:
                assert frame.getpixel((10 + 7 * other, 18))[3] < 40


@pytest.mark.parametrize(
    ("name", "out", "loop"),
    [
        ("clear-moving.gif", "gif", 3),
        ("clear-moving.gif", "webp", 4),
        ("moving.webp", "gif", 3),
        ("moving.webp", "webp", 4),
        ("moving.png", "png", 4),
        ("moving.png", "gif", 3),
        ("moving.avif", "webp", 0),
        ("once.gif", "gif", None),
        ("once.gif", "webp", 1),
        ("moving.gif", "webp", 0),
    ],
)
def test_loops_mean_the_same_in_every_format(picture, name, out, loop):
    """GIF counts repetitions, WebP and APNG how often it is played."""
    assert picture(f"40x30/filters:format({out})", name).info.get("loop") == loop


@pytest.mark.parametrize(("loop", "plays"), [(None, 1), (0, 0), (1, 2), (65535, 65535)])
def test_plays(loop, plays):
    assert plays_of(loop) == plays


def test_rounding_of_durations_does_not_add_up():
    assert sum(hundredths([33] * 30, 20)) == 990
    assert hundredths([40, 10, 25], 1) == [40, 10, 20]
    assert min(hundredths([16] * 10, 20)) == 20


def test_equal_neighbours_are_one_frame(picture):
    frames = shown(picture("40x30", "once.gif"))
    assert [duration for _, duration in frames] == [90, 150, 250]


@pytest.mark.parametrize("name", CLEAR)
@pytest.mark.parametrize(
    ("operations", "keys"),
    [
        ("48x36/filters:format(jpeg)", {}),
        ("48x36/filters:cover()", {}),
        ("48x36", {"allow_animated_gifs": False}),
    ],
)
def test_stills_are_the_first_frame(picture, name, operations, keys):
    frames = shown(picture(operations, name, **keys))
    assert len(frames) == 1
    assert near(frames[0][0].getpixel((10, 18))[:3], (220, 60, 40))


def test_png_stays_a_still_unless_it_was_animated(answer):
    assert len(shown(answer("48x36/filters:format(png)", "moving.webp").body)) == 1
    made = answer("48x36/filters:format(png)", "moving.png")
    assert made.animated
    assert len(shown(made.body)) == 5


@pytest.mark.parametrize("name", ["moving.webp", "moving.png", "moving.avif"])
def test_thumbor_keeps_the_first_frame_of_all_but_gifs(picture, name):
    assert len(shown(picture("48x36", name, thumbor_quirks=True))) == 1


def test_a_png_whose_still_is_not_part_of_the_animation(picture):
    frames = shown(picture("48x36", "hidden-first.png"))
    assert len(frames) == 5
    assert near(frames[0][0].getpixel((10, 18)), (220, 60, 40, 255))
    still = picture("48x36/filters:cover()", "hidden-first.png").convert("RGB")
    assert near(still.getpixel((10, 18)), (0, 128, 0))


@pytest.mark.parametrize("name", CLEAR)
@pytest.mark.parametrize(
    ("operations", "size", "point"),
    [
        ("0x20:48x72/48x52", (48, 52), (20, 16)),
        ("-96x72", (96, 72), (75, 36)),
        ("96x-72", (96, 72), (20, 36)),
        ("fit-in/60x72/filters:fill(00ff00)", (60, 72), (13, 36)),
    ],
)
def test_operations_apply_to_every_frame(picture, name, operations, size, point):
    frames = shown(picture(operations, name))
    assert len(frames) >= 4
    assert {frame.size for frame, _ in frames} == {size}
    assert near(frames[0][0].getpixel(point), (220, 60, 40, 255))


@pytest.mark.parametrize("name", CLEAR)
def test_filters_apply_to_every_frame(picture, name):
    for frame, _ in shown(picture("48x36/filters:grayscale()", name)):
        red, green, blue, _ = frame.getpixel((24, 34))
        assert max(red, green, blue) - min(red, green, blue) < 12


@pytest.mark.parametrize("name", CLEAR)
def test_trim_cuts_every_frame_alike(picture, name):
    assert len({frame.size for frame, _ in shown(picture("trim", name))}) == 1


@pytest.mark.parametrize("name", [*CLEAR, "hidden-first.png"])
@pytest.mark.parametrize(
    ("operations", "keys"),
    [
        ("48x36", {"max_animation_frames": 4}),
        ("48x36", {"max_animation_pixels": 5 * 96 * 72 - 1}),
        ("200x150", {"max_animation_pixels": 5 * 200 * 150 - 1}),
    ],
)
def test_limits(answer, name, operations, keys):
    with pytest.raises(TooManyPixels):
        answer(operations, name, **keys)
    assert answer(operations, name, **{key: value + 1 for key, value in keys.items()})


@pytest.mark.parametrize(
    ("operation", "frames"),
    [("max_frames(2)", 2), ("max_frames(99)", 6), ("page(3)", 1), ("cover()", 1)],
)
def test_a_part_of_an_animation(picture, operation, frames):
    assert picture(f"40x30/filters:{operation}", "moving.gif").n_frames == frames


def test_a_page_is_the_frame_of_that_number(picture):
    pages = [
        picture(f"filters:page({number}):format(png)", "moving.gif").convert("RGB").tobytes()
        for number in (1, 2, 6, 99)
    ]
    assert pages[0] != pages[1]
    assert pages[2] == pages[3]


MARK, CORNER = (40, 26), (220, 40, 40)


def framed(kind, *, hidden=False):
    """Three frames with a picture of 40 x 26 in a white border; `hidden`: a green still first."""
    frames = []
    for number in range(3):
        image = Image.new("RGB", (60, 40), "white")
        image.paste((30, 60, 200), (10, 5, 50, 31))
        image.paste(CORNER, (10, 5, 20 + number, 15))
        frames.append(image)
    if hidden:
        frames.insert(0, Image.new("RGB", (60, 40), (0, 128, 0)))
    more = {"default_image": True} if hidden else {"lossless": True} if kind == "WEBP" else {}
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100, **more)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_turned_animation_is_trimmed_and_stays_turned(picture, kind):
    frames = shown(picture("trim/filters:orient(90)", "x", body=framed(kind)))
    assert len(frames) == 3
    for frame, _ in frames:
        assert frame.size == (MARK[1], MARK[0])
        assert near(frame.getpixel((2, 37)), (*CORNER, 255))
        assert near(frame.getpixel((22, 3)), (30, 60, 200, 255))


def test_trim_looks_at_the_first_frame_that_is_shown(picture):
    body = framed("PNG", hidden=True)
    assert {frame.size for frame, _ in shown(picture("trim", "x", body=body))} == {MARK}
    assert picture("trim/filters:cover()", "x", body=body).size == (60, 40)
    assert picture("trim/filters:page(2)", "x", body=body).size == MARK


@pytest.mark.parametrize("out", CARRIERS)
def test_no_frame_is_shown_for_no_time(picture, out):
    """0 and 10 ms: browsers show both for 100; the first is told so, the second is left to them."""
    image = Image.new("RGB", (40, 30), "red")
    others = [Image.new("RGB", (40, 30), color) for color in ("green", "blue")]
    file = io.BytesIO()
    image.save(file, "GIF", save_all=True, append_images=others, duration=[0, 10, 50])
    made = picture(f"20x15/filters:format({out})", "x", body=file.getvalue())
    assert [duration for _, duration in shown(made)] == [100, 10, 50]
