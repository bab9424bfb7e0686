"""The GIF writer: what is read back is what was given, and little is drawn twice."""

import io
import random
import shutil
import subprocess

import pytest
from PIL import Image, ImageDraw

from thumborlike.imaging.gif import animated_gif
from thumborlike.imaging.palettes import COLORS, indexed

COLORS_USED = [(200, 30, 40), (30, 90, 200), (250, 250, 245), (20, 120, 60), (0, 0, 0)]


def random_frames(seed, clear=True, size=(40, 30), count=12):
    """Rectangles that come and go, holes among them; some frames are equal, some empty."""
    chance = random.Random(seed)
    frames = [Image.new("RGBA", size, (90, 90, 90, 0 if clear else 255))]
    while len(frames) < count:
        image = chance.choice((frames[-1], frames[0])).copy()
        pen = ImageDraw.Draw(image)
        for _ in range(chance.randrange(3)):
            left, top = chance.randrange(size[0]), chance.randrange(size[1])
            box = (left, top, left + chance.randrange(20), top + chance.randrange(15))
            alpha = chance.choice((0, 255)) if clear else 255
            pen.rectangle(box, fill=(*chance.choice(COLORS_USED), alpha))
        frames.append(image)
    return frames


def read(body):
    image = Image.open(io.BytesIO(body))
    shown = []
    for number in range(image.n_frames):
        image.seek(number)
        shown.append((_seen(image.convert("RGBA")), image.info.get("duration", 0)))
    return shown


def _seen(image):
    """Colours under clear pixels do not count."""
    ground = Image.new("RGBA", image.size)
    ground.paste(image, mask=image.getchannel("A"))
    return ground.tobytes()


def timeline(frames, step=10):
    return [pixels for pixels, duration in frames for _ in range(round(duration) // step)]


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_what_is_read_back_is_what_was_given(seed, clear):
    frames = random_frames(seed, clear)
    durations = [10 * (1 + number % 7) for number in range(len(frames))]
    body = animated_gif(indexed(frames), durations, 0)
    wanted = [(_seen(frame), each) for frame, each in zip(frames, durations, strict=True)]
    assert timeline(read(body)) == timeline(wanted)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
@pytest.mark.parametrize("seed", range(3))
def test_another_decoder_sees_the_same(seed, tmp_path):
    frames = random_frames(seed)
    path = tmp_path / "moving.gif"
    path.write_bytes(animated_gif(indexed(frames), [100] * len(frames), 0))
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-r", "10"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgba", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    size = 40 * 30 * 4
    pictures = [raw[start : start + size] for start in range(0, len(raw), size)]
    seen = [_seen(Image.frombytes("RGBA", (40, 30), each)) for each in pictures]
    assert seen == [_seen(frame) for frame in frames]


def test_frames_that_share_no_colour_have_their_own_palettes():
    """Each has all of 200 colours, and they have none in common."""
    frames = []
    for third in (0, 90, 180):
        image = Image.new("RGB", (200, 40))
        for column in range(200):
            image.paste((column, third, 255 - column), (column, 0, column + 1, 40))
        frames.append(image)
    shown = read(animated_gif(indexed(frames), [100] * 3, None))
    for (pixels, _), frame in zip(shown, frames, strict=True):
        gap = max(abs(a - b) for a, b in zip(pixels, frame.convert("RGBA").tobytes(), strict=True))
        assert gap <= 12


def test_a_small_thing_in_a_colour_of_its_own_keeps_it():
    """The samples miss it; the frame that has it gets a palette of its own."""
    frames = []
    for number in range(40):
        noise = [Image.effect_noise((160, 120), 60) for _ in range(2)]
        frames.append(Image.merge("RGB", (Image.new("L", (160, 120), number), *noise)))
    frames[17].paste((255, 20, 20), (81, 41, 95, 55))
    shown = read(animated_gif(indexed(frames), [50] * 40, 0))
    red, green, blue, alpha = shown[17][0][4 * (48 * 160 + 88) :][:4]
    assert red > 220
    assert max(green, blue) < 60
    assert alpha == 255


def test_few_colours_are_kept_exactly_and_take_few_bits():
    frames = [Image.new("RGB", (64, 64), color) for color in COLORS_USED]
    made = indexed(frames)
    assert {each.table for each in made} == {made[0].table}
    assert made[0].clear == len(COLORS_USED) <= COLORS
    assert len(animated_gif(made, [100] * 5, 0)) < 600


def test_a_moving_spot_costs_a_spot():
    scene = Image.effect_noise((200, 150), 60).convert("RGB")
    frames = []
    for number in range(10):
        frame = scene.copy()
        frame.paste((255, 0, 0), (number * 15, 60, number * 15 + 12, 72))
        frames.append(frame)
    one = len(animated_gif(indexed(frames[:1]), [100], 0))
    assert len(animated_gif(indexed(frames), [100] * 10, 0)) < one * 1.3
