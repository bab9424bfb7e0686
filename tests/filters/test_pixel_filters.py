"""What the golden pixels do not say: modes, limits, bad arguments, and where we are better."""

from __future__ import annotations

import importlib
import importlib.util

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from thumborlike.filters.label import label

from thumborlike.errors import BadFilterArgument, TooManyPixels
from thumborlike.filtering import Frame

CALLS = (
    "brightness(20)", "contrast(20)", "rgb(1,2,3)", "colorize(10,20,30,ff0000)", "equalize()",
    "saturation(2)", "grayscale()", "noise(20)", "noise(20,7)", "sharpen(1,1,true)",
    "sharpen(1,1,false)", "blur(1)", "blur(9)", "blur(40,3)", "convolution(1;2;1,3)",
    "curve([(0,9),(200,90)],[],[],[])", "round_corner(9,255,0,0)", "round_corner(9|3,1,2,3,true)",
    "watermark(u,3,-4,10)", "watermark(u,repeat,repeat,0,30)", "frame(u)", "rotate(90)",
    "proportion(0.5)", "upscale()", "fill(red)", "fill(auto,true)", "fill(blur)",
    "background_color(blue)", "hue(90)", "invert()", "pixelate()", "pixelate(2147483647)",
    "crop(0,0,0.8,1)", "crop(0,0,9,9)", "padding(red,3)", "padding(transparent,1,2,3,4)",
    "duotone(navy,ff0)", "duotone(black,white,40)", "opacity(50)", "text(Ag,1,-1)",
    "text(one two three,center,0.2,sans-9,red,50,normal,full,center,false,wordchar,2)",
    "label(Ag,right-2,bottom,12,blue,20)", "median()", "median(5)", "threshold()", "threshold(255)",
)  # fmt: skip
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16")


def picture(mode, size=(23, 17)):
    grey = Image.linear_gradient("L").resize(size)
    if mode == "I;16":
        return grey.convert("I").point(lambda level: level * 257).convert("I;16")
    rgb = Image.merge("RGB", (grey, grey.rotate(180), grey.transpose(Image.Transpose.ROTATE_180)))
    if mode in ("LA", "RGBA"):
        rgb.putalpha(grey)
        return rgb.convert(mode)
    return rgb.convert(mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("call", CALLS)
def test_every_filter_takes_every_mode_and_leaves_its_input_alone(run, call, mode):
    image = picture(mode)
    before = image.tobytes()
    made = run(call, Frame(image, requested=(40, 40)), {"u": picture("RGBA", (9, 8))}).image
    assert image.tobytes() == before
    assert made.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16")
    assert min(made.size) >= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 2), (40, 1), (3, 31)])
@pytest.mark.parametrize("call", CALLS)
def test_every_filter_takes_the_smallest_pictures(run, call, size):
    image = picture("RGB", size)
    run(call, Frame(image, requested=(40, 40)), {"u": picture("RGBA", (9, 8))})


@pytest.mark.parametrize(
    "call",
    [
        "fill(nosuchcolour)",
        "background_color(12345)",
        "colorize(1,2,3,red)",
        "colorize(1,2,3,ff00)",
        "round_corner(5,256,0,0)",
        "convolution(1;2;3;4,2)",
        "convolution(1;2;3;4,3)",
        "curve([(9,1),(3,2)],[],[],[])",
        "watermark(u,0,0,0,-5)",
        "watermark(u,0,0,0,5,-1)",
        "crop(0,0,0,0)",
        "crop(99,0,9,9)",
        "padding(nosuchcolour,1)",
        "duotone(black,nosuchcolour)",
        "text(a,0,0,sans)",
        "text(a,0,0,sans-513)",
        "text(a,0,0,sans-0)",
        "text(b64:/w,0,0)",
        "text(b64:a,0,0)",
        "label(a,0,0,9,nosuchcolour)",
        f"text({'a' * 501},0,0)",
        f"label({'W' * 500},0,0,512)",
    ],
)
def test_arguments_that_no_picture_can_be_made_of_are_the_clients_fault(run, call):
    with pytest.raises(BadFilterArgument):
        run(call, picture("RGB"), {"u": picture("RGBA")})


def test_an_overlay_must_be_there(run):
    with pytest.raises(BadFilterArgument):
        run("watermark(u,0,0,0)", picture("RGB"))


@pytest.mark.parametrize(
    ("call", "requested"),
    [
        ("upscale()", (100, 100)),
        ("fill(red)", (100, 100)),
        ("watermark(u,0,0,0,2147483647)", (0, 0)),
        ("frame(u)", (0, 0)),
        ("padding(red,65535)", (0, 0)),
        ("label(Ag,0,0,400)", (0, 0)),
    ],
)
def test_growth_is_refused_before_it_happens(run, call, requested):
    frame = Frame(picture("RGB"), requested=requested, max_pixels=23 * 17)
    with pytest.raises(TooManyPixels):
        run(call, frame, {"u": nine_patch()})


@pytest.mark.parametrize(
    ("size", "requested", "made"),
    [
        ((800, 600), (1601, 1601), (1601, 1200)),
        ((80, 60), (100, 300), (100, 75)),
        ((80, 60), (300, 100), (133, 100)),
        ((80, 60), (80, 100), (80, 60)),
        ((80, 60), (0, 100), (80, 60)),
    ],
)
def test_upscale_touches_the_box_from_inside(run, size, requested, made):
    assert run("upscale()", Frame(picture("L", size), requested)).image.size == made


@pytest.mark.parametrize(
    ("factor", "made"), [("0.5", (11, 8)), ("1", (23, 17)), ("0", (23, 17)), ("1.1", (23, 17)),
                         ("0.05", (23, 17)), ("-0.5", (23, 17))],
)  # fmt: skip
def test_proportion(run, factor, made):
    assert run(f"proportion({factor})", picture("RGB")).image.size == made


@pytest.mark.parametrize("angle", [90, -90, 180, 270, 450, 720])
def test_rotate_keeps_the_palette(run, angle):
    image = picture("P")
    made = run(f"rotate({angle})", image).image
    assert made.mode == "P"
    assert made.tobytes() == image.rotate(angle, expand=True).tobytes()


def test_rotate_ignores_other_angles(run):
    image = picture("RGB")
    assert run("rotate(45)", image).image is image


def test_fill_centres_and_clips(run):
    frame = Frame(Image.new("RGB", (10, 30), "white"), requested=(20, 20))
    made = run("fill(red)", frame).image
    assert (made.mode, made.size) == ("RGBA", (20, 20))
    assert [made.getpixel((x, 0)) for x in (4, 5, 14, 15)] == [
        (255, 0, 0, 255), (255, 255, 255, 255), (255, 255, 255, 255), (255, 0, 0, 255)
    ]  # fmt: skip


def test_fill_keeps_transparency_unless_it_shall_show_through(run):
    clear = Image.new("RGBA", (4, 4))
    assert run("fill(red)", clear).image.getpixel((1, 1)) == (0, 0, 0, 0)
    assert run("fill(red,true)", clear).image.getpixel((1, 1)) == (255, 0, 0, 255)


def test_fill_blur_is_opaque(run):
    frame = Frame(picture("RGB"), requested=(60, 40))
    assert run("fill(blur)", frame).image.getchannel("A").getextrema() == (255, 255)


def test_16_bit_grey_keeps_its_levels(run):
    made = run("brightness(0)", picture("I;16")).image
    assert ImageStat.Stat(made).mean[0] == pytest.approx(ImageStat.Stat(picture("L")).mean[0])


def test_grayscale_keeps_transparency(run):
    assert run("grayscale()", picture("RGBA")).image.mode == "LA"
    palette = picture("P")
    palette.info["transparency"] = 0
    assert run("grayscale()", palette).image.mode == "LA"
    assert run("grayscale()", Frame(palette, quirks=True)).image.mode == "L"


def test_equalize_of_a_plain_picture_changes_nothing(run):
    plain = Image.new("RGB", (5, 5), (200, 100, 50))
    assert run("equalize()", plain).image.getpixel((0, 0)) == (200, 100, 50)
    tinted = run("equalize()", Frame(plain, quirks=True)).image
    assert tinted.getpixel((0, 0)) == (255, 255, 0)


def test_blur_does_not_let_hidden_colours_bleed(run):
    image = Image.new("RGBA", (40, 40), (255, 255, 255, 255))
    image.paste((255, 0, 0, 0), (0, 0, 20, 40))
    red, green, _, _ = run("blur(5)", image).image.getpixel((21, 20))
    assert (red, green) == (255, 255)


@pytest.mark.parametrize("radius", [1, 2, 3, 7, 30, 150])
def test_blur_keeps_plain_colours(run, radius):
    plain = Image.new("RGB", (50, 40), (200, 100, 50))
    worst = ImageChops.difference(run(f"blur({radius})", plain).image, plain).getextrema()
    assert max(high for _, high in worst) <= 1


def test_noise_is_grey_bounded_and_repeatable(run):
    plain = Image.new("RGB", (60, 60), (100, 100, 100))
    made = run("noise(20,5)", plain).image
    assert made.tobytes() == run("noise(20,5)", plain).image.tobytes()
    assert made.tobytes() != run("noise(20,6)", plain).image.tobytes()
    red, green, _ = made.split()
    assert red.tobytes() == green.tobytes()
    assert red.getextrema() == (90, 109)


def test_sharpen_of_nothing_changes_nothing(run, noise):
    image = noise("RGB", (50, 40), 4)
    assert run("sharpen(0,1,true)", image).image.tobytes() == image.tobytes()


def test_saturation_of_one_changes_nothing(run, noise):
    image = noise("RGBA", (50, 40), 4)
    assert run("saturation(1)", image).image.tobytes() == image.tobytes()


def test_round_corners_are_symmetric(run):
    white = Image.new("RGB", (41, 33), "white")
    made = run("round_corner(12|7,0,0,0)", white).image
    assert made.getpixel((0, 0)) == (0, 0, 0)
    assert made.getpixel((12, 0)) == (255, 255, 255)
    for way in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM):
        assert made.transpose(way).tobytes() == made.tobytes()


def test_transparent_corners_show_their_colour_where_there_is_no_alpha(run):
    made = run("round_corner(12,1,2,3,true)", Image.new("RGB", (40, 40), "white")).image
    assert made.getpixel((0, 0)) == (1, 2, 3, 0)
    assert made.getpixel((20, 20)) == (255, 255, 255, 255)


def nine_patch():
    """Fixed red corners of 2 pixels, a stretching middle of 1; the picture shows inside."""
    patch = Image.new("RGBA", (7, 7))
    patch.paste((255, 0, 0, 255), (1, 1, 6, 6))
    patch.putpixel((3, 3), (0, 0, 0, 0))
    for x, y in ((3, 0), (0, 3), (3, 6), (6, 3)):
        patch.putpixel((x, y), (0, 0, 0, 255))
    return patch


def test_a_frame_grows_with_its_picture(run):
    blue = Image.new("RGB", (20, 10), "blue")
    made = run("frame(u)", blue, {"u": nine_patch()}).image
    assert made.size == (24, 14)
    red, shown = (255, 0, 0, 255), (0, 0, 255, 255)
    assert [made.getpixel(at) for at in ((0, 0), (1, 7), (12, 1), (23, 13))] == [red] * 4
    assert [made.getpixel(at) for at in ((2, 2), (12, 7), (21, 11))] == [shown] * 3


def test_a_frame_without_inside_is_refused(run):
    with pytest.raises(BadFilterArgument):
        run("frame(u)", picture("RGB"), {"u": Image.new("RGBA", (2, 9))})


@pytest.mark.parametrize("call", ["sharpen(3,3,true)", "sharpen(3,3,false)", "saturation(2)"])
def test_working_in_strips_leaves_no_seams(run, noise, call):
    """A tall picture takes several strips; on its side it takes others."""
    tall = noise("RGB", (300, 700), 5)
    upright = run(call, tall).image
    turned = run(call, tall.transpose(Image.Transpose.TRANSPOSE)).image
    back = turned.transpose(Image.Transpose.TRANSPOSE)
    assert max(high for _, high in ImageChops.difference(upright, back).getextrema()) <= 1


@pytest.fixture
def without_vectors(monkeypatch):
    """The filters as they work where numpy is not installed."""
    for name in ("sharpen", "saturation"):
        module = importlib.import_module(f"thumborlike.filters.{name}")
        monkeypatch.setattr(module, "vectors", lambda: None)


@pytest.mark.skipif(not importlib.util.find_spec("numpy"), reason="needs the extra fast")
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 2), (40, 1), (3, 31), (300, 200)])
@pytest.mark.parametrize(
    "call",
    ["sharpen(2,1,true)", "sharpen(2,1,false)", "sharpen(9,4,false)", "sharpen(-3,0.5,true)",
     "saturation(1.6)", "saturation(0.4)", "saturation(-1)", "saturation(900)"],
)  # fmt: skip
def test_vector_instructions_give_the_same_levels(run, noise, request, call, mode, size):
    image = noise(mode, size, 6)
    fast = run(call, image).image
    request.getfixturevalue("without_vectors")
    plain = run(call, image).image
    apart = ImageChops.difference(fast, plain)
    assert fast.mode == plain.mode
    assert max(high for _, high in apart.getextrema()[:3]) <= 1
    assert max(ImageStat.Stat(apart).mean) < 0.02
    if mode == "RGBA":
        assert fast.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize("call", ["saturation(1)", "sharpen(0,1,true)", "sharpen(0,1,false)"])
def test_nothing_changes_without_numpy_either(run, noise, without_vectors, call):
    image = noise("RGBA", (50, 40), 4)
    assert run(call, image).image.tobytes() == image.tobytes()


@pytest.mark.parametrize("radii", ["20", "300", "300|100", "5|260", "500"])
@pytest.mark.parametrize("transparent", [False, True])
def test_round_corners_are_an_ellipses(run, radii, transparent):
    """Against the ellipse drawn at once, eight times as fine."""
    across, down = (int(each) for each in (radii.split("|") * 2)[:2])
    size = (700, 600)
    across, down = min(across, size[0] // 2), min(down, size[1] // 2)
    fine = Image.new("L", (across * 8, down * 8))
    ImageDraw.Draw(fine).ellipse((0, 0, across * 16 - 1, down * 16 - 1), fill=255)
    call = f"round_corner({radii},0,0,0{',true' if transparent else ''})"
    made = run(call, Image.new("RGB", size, "white")).image
    corner = made.getchannel("A" if transparent else 0).crop((0, 0, across, down))
    assert ImageChops.difference(corner, fine.reduce(8)).getextrema()[1] <= 4
    inside = made.crop((across, 0, size[0] - across, size[1])).convert("RGBA")
    assert inside.width == 0 or inside.getextrema() == ((255, 255),) * 4


def test_round_corners_keep_hidden_colours_but_for_the_corners(run, noise):
    image = noise("RGBA", (200, 160), 8)
    image.putalpha(0)
    made = run("round_corner(60,1,2,3,true)", image).image
    assert made.getpixel((0, 0)) == (1, 2, 3, 0)
    inside = (60, 0, 140, 160)
    assert made.crop(inside).tobytes() == image.crop(inside).tobytes()


def test_painted_corners_leave_alpha(run, noise):
    image = noise("RGBA", (200, 160), 8)
    made = run("round_corner(60,1,2,3)", image).image
    assert made.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert made.getpixel((0, 0))[:3] == (1, 2, 3)


@pytest.mark.parametrize("radius", [2, 5, 12, 13])
def test_a_blur_is_no_darker_than_its_picture(run, noise, radius):
    image = noise("RGB", (160, 120), 9)
    made = run(f"blur({radius})", image).image
    for one, other in zip(ImageStat.Stat(image).mean, ImageStat.Stat(made).mean, strict=True):
        assert one == pytest.approx(other, abs=1)


@pytest.mark.parametrize(
    "position", ["9" * 70, "-" + "9" * 70, "right-" + "9" * 70, "9" * 70 + "p"]
)
def test_a_label_far_away_is_out_of_sight_and_no_error(position):
    image = Image.new("RGB", (40, 30), (9, 9, 9))
    assert (
        label(Frame(image), "words", position, position).image.convert("RGB").tobytes()
        == image.tobytes()
    )


@pytest.mark.parametrize("quirks", [True, False])
def test_compositing_keeps_whole_levels(run, quirks):
    white = Image.new("RGBA", (256, 1), "white")
    white.putalpha(Image.linear_gradient("L").resize((1, 256)).transpose(Image.Transpose.ROTATE_90))
    shades = list(white.getchannel("A").tobytes())
    made = run("background_color(black)", Frame(white, quirks=quirks)).image
    assert list(made.getchannel("R").tobytes()) == shades
    assert made.getchannel("A").getextrema() == (255, 255)
