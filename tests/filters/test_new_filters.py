"""Filters that Thumbor does not have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageFont

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Trim, bind
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.settings.pictures import ImagingSettings
from thumborlike.settings.process import NEW_FILTERS
from thumborlike.url.grammar import parse

RED = Image.new("RGB", (20, 10), "red")


def pixel(frame, at=(0, 0)):
    return frame.image.getpixel(at)


def box_of_ink(frame):
    return ImageChops.difference(frame.image.convert("RGB"), WHITE).getbbox()


WHITE = Image.new("RGB", (200, 100), "white")


def test_thumbors_own_behaviour_is_a_switch_away(registry):
    """Under THUMBOR_QUIRKS these names are as unknown as they are to Thumbor 7.8."""
    assert {name for name, each in registry.items() if each.ours} == set(NEW_FILTERS)
    image = parse("/unsafe/filters:invert():preview():lossless():blur(1)/a.jpg")
    quirky = Settings(imaging=ImagingSettings(thumbor_quirks=True))
    here, there = (prepare(image, {}, each, registry) for each in (Settings(), quirky))
    assert [each.filter.name for each in here.filters] == ["invert", "blur"]
    assert [each.filter.name for each in there.filters] == ["blur"]
    assert (here.output.lossless, there.output.lossless) == (True, False)


def test_the_module_is_no_name_of_the_filter(registry):
    assert bind("redeye()", registry) == ()


def test_hue_goes_round(run, noise):
    image = noise("RGB", (30, 20), 3)
    assert run("hue(360)", image).image.tobytes() == image.tobytes()
    assert run("hue(450)", image).image.tobytes() == run("hue(90)", image).image.tobytes()
    grey = run("hue(77)", Image.new("RGB", (1, 1), (90, 90, 90)))
    assert pixel(grey) == (90, 90, 90)
    red, green, blue = pixel(run("hue(120)", RED))
    assert green > max(red, blue)


def test_invert_twice_is_nothing(run, noise):
    image = noise("RGBA", (30, 20), 3)
    assert run("invert():invert()", image).image.tobytes() == image.tobytes()
    assert run("invert()", image).image.getchannel("A").tobytes() == image.getchannel("A").tobytes()


def test_pixelate_keeps_its_squares_square(run):
    made = run("pixelate(4)", Image.linear_gradient("L").resize((10, 10))).image
    columns = [made.getpixel((0, y)) for y in range(10)]
    assert [columns.index(each) for each in columns] == [0, 0, 0, 0, 4, 4, 4, 4, 8, 8]


@pytest.mark.parametrize("call", ["median()", "median(2)", "median(3)", "median(5)"])
def test_median_removes_specks_and_keeps_edges(run, call):
    image = Image.new("RGB", (20, 20), "black")
    image.paste("white", (10, 0, 20, 20))
    clean = image.tobytes()
    image.putpixel((4, 4), (255, 0, 0))
    image.putpixel((15, 9), (0, 90, 0))
    assert run(call, image).image.tobytes() == clean
    assert run("median(1)", image).image.tobytes() == image.tobytes()


def test_threshold_knows_black_and_white_alone(run):
    ramp = Image.linear_gradient("L")
    made = run("threshold(100)", ramp).image.convert("L")
    assert [made.getpixel((0, y)) for y in (0, 99, 100, 255)] == [0, 0, 255, 255]
    image = Image.new("RGBA", (1, 1), (0, 255, 0, 7))
    assert pixel(run("threshold()", image)) == (255, 255, 255, 7)
    assert pixel(run("threshold(200)", image)) == (0, 0, 0, 7)


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ("1,2,5,4", (5, 4)),
        ("15,0,99,99", (5, 10)),
        ("0.1,0.1,0.8,0.8", (16, 8)),
        ("0,0,1,1", (20, 10)),
        ("0,0,0.5,1", (10, 10)),
        ("0,0,10.4,3.5", (10, 4)),
        ("0,0,-1,4", (20, 10)),
    ],
)
def test_crop(run, box, size):
    assert run(f"crop({box})", RED).image.size == size


@pytest.mark.parametrize(
    ("border", "size", "at"),
    [
        ("2", (24, 14), (2, 2)),
        ("2,3", (24, 16), (2, 3)),
        ("1,2,3,4", (24, 16), (1, 2)),
        ("1,2,3", (24, 14), (1, 2)),
        ("70000", (20, 10), (0, 0)),
    ],
)
def test_padding(run, border, size, at):
    made = run(f"padding(blue,{border})", RED)
    assert made.image.size == size
    assert pixel(made, at)[:3] == (255, 0, 0)
    if at != (0, 0):
        assert pixel(made, (at[0] - 1, at[1] - 1)) == (0, 0, 255, 255)


def test_duotone_has_its_two_colours(run):
    ends = Image.new("RGB", (2, 1))
    ends.putpixel((1, 0), (255, 255, 255))
    made = run("duotone(102030,ffe0c0)", ends)
    assert (pixel(made), pixel(made, (1, 0))) == ((16, 32, 48), (255, 224, 192))
    assert run("duotone(102030,ffe0c0,0)", ends).image.tobytes() == ends.tobytes()


@pytest.mark.parametrize(("percent", "alpha"), [(0, 0), (50, 128), (100, 255)])
def test_opacity(run, percent, alpha):
    assert pixel(run(f"opacity({percent})", RED)) == (255, 0, 0, alpha)


def test_text_stands_where_it_is_put(run):
    left = box_of_ink(run("text(Hi,0,0,sans-20)", WHITE))
    right = box_of_ink(run("text(Hi,-0,-0,sans-20)", WHITE))
    middle = box_of_ink(run("text(Hi,center,center,sans-20)", WHITE))
    assert left[0] < 4 and left[1] < 12
    assert right[2] > 196 and right[3] > 88
    assert abs(middle[0] + middle[2] - 200) < 6
    assert box_of_ink(run("text(Hi,300,0)", WHITE)) is None
    assert box_of_ink(run("text(Hi,0,0,sans-20,black,100)", WHITE)) is None
    for same in ("10p,10p", "0.1,0.1", "20,10"):
        assert box_of_ink(run(f"text(Hi,{same})", WHITE)) == box_of_ink(
            run("label(Hi,20,10)", WHITE)
        )


def test_text_wraps(run):
    long = "one two three four five six"
    single = box_of_ink(run(f"text({long},0,0,sans-10)", WHITE))
    tail = "sans-10,black,0,normal,60,center,false"
    for wrap in ("word", "char", "wordchar"):
        box = box_of_ink(run(f"text({long},0,0,{tail},{wrap})", WHITE))
        assert box[2] - box[0] <= 61
        assert box[3] > 2 * single[3]
    assert box_of_ink(run(f"text({long},0,0,{tail},none)", WHITE)) == single


def test_text_may_be_encoded(run):
    plain = run("text('a, b',0,0)", WHITE).image
    assert run("text(b64:YSwgYg,0,0)", WHITE).image.tobytes() == plain.tobytes()
    assert run("text(a\x00\x08b,0,0)", WHITE).image == run("text(ab,0,0)", WHITE).image


def test_fonts_are_files_that_the_operator_names(run, tmp_path):
    path = tmp_path / "own.ttf"
    own = ImageFont.load_default(9)
    path.write_bytes(own.font_bytes)
    named = Frame(WHITE, fonts={"own": str(path)})
    assert run("text(Hi,0,0,own-30)", named).image == run("label(Hi,0,0,30)", WHITE).image
    assert run("text(Hi,0,0,../own-30)", named).image == WHITE


@pytest.mark.parametrize(
    ("call", "field", "value"),
    [
        ("lossless()", "lossless", True),
        ("max_frames(7)", "max_frames", 7),
        ("max_frames(0)", "max_frames", None),
        ("page(2)", "page", 2),
        ("page(0)", "page", None),
        ("expire(1700000000000)", "expires", 1700000000000),
        ("expire(9):expire(5):expire(7)", "expires", 5),
        ("expire(9999999999999999)", "expires", None),
        ("attachment()", "attachment", ""),
        ("attachment(a b.png)", "attachment", "a b.png"),
    ],
)
def test_output_options(run, job, call, field, value):
    assert getattr(run(call, job).output, field) == value


def test_what_is_asked_of_the_layout(run, job):
    assert run("trim()", job).layout.trim == Trim("top-left", 0)
    assert run("trim(50,bottom-right)", job).layout.trim == Trim("bottom-right", 50)
    assert run("trim(443)", job).layout.trim is None
    assert run("orient(90)", job).layout.turn == 90
    assert run("orient(45)", job).layout.turn == 0
    assert run("preview()", replace(job, keep=True)).keep is False


def test_text_knows_imagors_arguments(run):
    """Empty ones are left at their defaults, as in `text(b64:...,-20,20,sans-24,yellow,0,,180)`."""
    plain = run("text(Hi,5,5,sans-20,red)", WHITE).image
    assert run("text(Hi,5,5,sans-20,red,,,,,,,,)", WHITE).image == plain
    assert run("text(Hi,5,5,,red)", WHITE).image == plain
    assert run("text(Hi,5,5,sans-10,red,0,normal,0,low,false,word,0,144)", WHITE).image == plain
    assert run("text(Hi,5,5,sans-20,red,0,multiply)", WHITE).image == plain
    assert run("text(Hi,5,5,sans-20,white,0,difference)", WHITE).image != WHITE.convert("RGBA")


def test_justified_lines_fill_the_width_but_for_the_last(run):
    words = "one two three four five six seven"
    ragged = run(f"text({words},0,0,sans-14,black,0,,100)", WHITE)
    justified = run(f"text({words},0,0,sans-14,black,0,,100,low,true)", WHITE)
    assert box_of_ink(justified)[2] > box_of_ink(ragged)[2]
    assert 95 <= box_of_ink(justified)[2] <= 101
    last = (0, box_of_ink(ragged)[3] - 8, 200, 100)
    assert ragged.image.crop(last).tobytes() == justified.image.crop(last).tobytes()


@pytest.mark.parametrize(
    "call",
    [
        "text(Hi,5,5,sans-0)",
        "text(Hi,5,5,sans-513)",
        "text(Hi,5,5,sans)",
        "text(Hi,5,5,sans-100,red,0,,0,low,false,word,0,1200)",
        "text(Hi,5,5,sans-20,nocolour)",
        "text(b64:!!!,5,5)",
        f"text({'a' * 501},5,5)",
        f"text({'a' * 500},5,5,sans-512)",
    ],
)
def test_what_cannot_be_written_is_told(run, call):
    with pytest.raises(BadFilterArgument):
        run(call, WHITE)


@pytest.mark.parametrize("call", ["text(Hi,5,5)", "label(Hi,5,5)", "text(Hi,5,5,sans-20,auto)"])
def test_text_is_set_once_for_all_frames_of_an_animation(registry, call):
    frames = [Image.new("RGB", (60, 40), color) for color in ("white", "red", "white")]
    (bound,) = bind(call, registry)
    first = Frame(frames[0])
    done = [bound.apply(first.with_image(each)).image for each in frames]
    assert done == [bound.apply(Frame(each)).image for each in frames]
    assert len(first.memo) == (2 if "auto" in call else 1)


@pytest.mark.parametrize(("call", "made"), [("watermark(m,5,5,20,50)", 1), ("frame(m)", 2)])
def test_what_is_put_on_top_is_scaled_once_for_all_frames(registry, noise, call, made):
    (bound,) = bind(call, registry)
    mark = noise("RGBA", (50, 30), 1)
    mark.paste("black", (10, 0, 30, 1))
    mark.paste("black", (0, 10, 1, 20))
    frames = [noise("RGB", (60, 40), seed) for seed in range(3)]
    first = Frame(frames[0])
    done = [bound.apply(first.with_image(each), {"m": mark}).image for each in frames]
    assert done == [bound.apply(Frame(each), {"m": mark}).image for each in frames]
    assert done[0].tobytes() != frames[0].convert("RGBA").tobytes()
    assert len(first.memo) == made
