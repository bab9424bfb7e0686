"""`image()`: pictures in pictures, from the URL to the pixels."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from thumborlike.errors import BadFilterArgument, MalformedRequest
from thumborlike.filter_docs import builtin_registry
from thumborlike.filtering import Frame, bind
from thumborlike.http.message import Request
from thumborlike.prepare import prepare
from thumborlike.service import build
from thumborlike.settings.process import LimitSettings
from thumborlike.settings.reader import load
from thumborlike.settings.sections import ImagingSettings, Settings
from thumborlike.url.grammar import parse

PICTURES = Path(__file__).parent.parent / "pictures"
REGISTRY = builtin_registry()
BLUE = (0, 0, 255, 255)


def job_of(path, **settings):
    return prepare(parse(path), {}, Settings(**settings), REGISTRY)


def answers(tmp_path, *paths, **keys):
    conf = tmp_path / "thumbor.conf"
    values = {
        "LOADER": "thumbor.loaders.file_loader",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "STORAGE": "thumbor.storages.no_storage",
        **keys,
    }
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))

    async def scenario():
        service = build(load(conf))
        got = [await service.handle(Request("GET", path)) for path in paths]
        await service.drain(5)
        return got

    return asyncio.run(scenario())


def opened(response):
    assert response.status == 200, response.body
    return Image.open(io.BytesIO(response.body))


def put(text, size=(100, 60), inner=(20, 10), color="blue"):
    """`image(a,...)` on a white frame, with a plain picture on top, as RGBA."""
    (bound,) = bind(f"image(/a,{text})", REGISTRY)
    frame = Frame(Image.new("RGB", size, "white"))
    return bound.apply(frame, {}, lambda *_: Image.new("RGBA", inner, color)).image


def box_of(image):
    return ImageChops.difference(
        image.convert("RGB"), Image.new("RGB", image.size, "white")
    ).getbbox()


@pytest.mark.parametrize(
    ("path", "filters", "source"),
    [
        ("filters:image(/9x9/b.png,1,2)/a.jpg", "image(/9x9/b.png,1,2)", "a.jpg"),
        (
            "filters:image(/9x9/filters:blur(1):invert()/b.png,1,2):rotate(90)/a.jpg",
            "image(/9x9/filters:blur(1):invert()/b.png,1,2) rotate(90)",
            "a.jpg",
        ),
        (
            "filters:image(%2F9x9%2Ffilters%3Ablur%281%29%2Fb.png,1,2)/a.jpg",
            "image(/9x9/filters:blur(1)/b.png,1,2)",
            "a.jpg",
        ),
        (
            "filters:image(filters:image(filters:blur(1)/c.png)/b.png,1,2):blur(2)/d/a.jpg",
            "image(filters:image(filters:blur(1)/c.png)/b.png,1,2) blur(2)",
            "d/a.jpg",
        ),
    ],
)
def test_a_nested_path_ends_where_its_brackets_are_closed(path, filters, source):
    job = job_of(f"/unsafe/{path}")
    assert job.source.name == source
    assert [each.filter.name for each in job.filters] == [
        each.partition("(")[0] for each in filters.split(" ")
    ]
    assert f"image({job.inner[0].path}" == filters.split(" ")[0].partition(",")[0].rstrip(")") or (
        filters.startswith(f"image({job.inner[0].path}")
    )


def test_an_unclosed_nested_path_is_left_as_thumbor_reads_it():
    job = job_of("/unsafe/filters:image(/9x9/filters:blur(1)/b.png,1,2/a.jpg")
    assert (job.filters, job.source.name) == ((), "b.png%2C1%2C2/a.jpg")


def test_what_the_inner_picture_is_made_of():
    nested = "image(/fit-in/full-20xf/filters:grayscale():max_age(5)/b.png,1,2)"
    (inner,) = job_of(f"/unsafe/300x200/filters:{nested}/a.jpg").inner
    assert (inner.less_width, inner.less_height) == (20, 0)
    assert inner.job.source.name == "b.png"
    assert [each.filter.name for each in inner.job.filters] == ["grayscale"]
    assert not inner.job.keep


def test_every_source_of_the_tree_is_known_before_anything_is_loaded():
    nested = "image(filters:image(/5x5/c.png):watermark(m.png,0,0,0)/b.png)"
    job = job_of(f"/unsafe/filters:{nested}:watermark(n.png,0,0,0)/a.jpg")
    assert {each.name for each in job.overlays} == {"n.png", "b.png", "m.png", "c.png"}


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("image(filters:image(filters:image(/c)/b)/a)", BadFilterArgument),
        ("image(/meta/a)", BadFilterArgument),
        (":".join(f"image(/1x1/{n})" for n in range(11)), MalformedRequest),
        (":".join(f"image(/{n}x1/a)" for n in range(11)), MalformedRequest),
        (":".join(f"image(filters:image(/{n}x1/b)/a)" for n in range(6)), MalformedRequest),
    ],
)
def test_depth_and_number_are_bounded(path, error):
    with pytest.raises(error):
        job_of(f"/unsafe/filters:{path}/a.jpg")


def test_depth_is_configured():
    path = "/unsafe/filters:image(filters:image(filters:image(/c)/b)/a)/a.jpg"
    assert job_of(path, limits=LimitSettings(max_image_depth=3)).inner
    with pytest.raises(BadFilterArgument):
        job_of("/unsafe/filters:image(/c)/a.jpg", limits=LimitSettings(max_image_depth=0))


def test_thumbor_does_not_know_it():
    quirks = ImagingSettings(thumbor_quirks=True)
    job = job_of("/unsafe/filters:image(/9x9/b.png,1,2):blur(1)/a.jpg", imaging=quirks)
    assert [each.filter.name for each in job.filters] == ["blur"]
    assert job.inner == job.overlays == ()


@pytest.mark.parametrize(
    ("position", "box"),
    [
        ("10,20", (10, 20, 30, 30)),
        ("-10,-20", (70, 30, 90, 40)),
        ("left,top", (0, 0, 20, 10)),
        ("r,b", (80, 50, 100, 60)),
        ("right-5,bottom-5", (85, 55, 100, 60)),
        ("l-5,t-5", (0, 0, 15, 5)),
        ("center,center", (40, 25, 60, 35)),
        ("20p,50p", (20, 30, 40, 40)),
        ("0.5,0.25", (50, 15, 70, 25)),
        ("-0.5,-10p", (30, 44, 50, 54)),
        ("repeat,5", (0, 5, 100, 15)),
        ("5,repeat", (5, 0, 25, 60)),
        ("repeat,repeat", (0, 0, 100, 60)),
        ("500,5", None),
        (",", (0, 0, 20, 10)),
        ("5", (5, 0, 25, 10)),
        ("5,5,100", None),
    ],
)
def test_positions_are_imagors(position, box):
    assert box_of(put(position)) == box


def test_alpha_is_a_share():
    assert put("0,0,50").getpixel((5, 5)) == (127, 127, 255, 255)
    assert put("0,0,50", color=(0, 0, 255, 100)).getpixel((5, 5)) == pytest.approx(
        (205, 205, 255, 255), abs=1
    )


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("normal", (200, 50, 0)),
        ("multiply", (78, 29, 0)),
        ("screen", (222, 171, 200)),
        ("overlay", (157, 86, 145)),
        ("darken", (100, 50, 0)),
        ("lighten", (200, 150, 200)),
        ("color-dodge", (255, 187, 200)),
        ("color-burn", (57, 0, 0)),
        ("hard-light", (188, 59, 0)),
        ("soft-light", (134, 112, 157)),
        ("difference", (100, 100, 200)),
        ("exclusion", (143, 141, 200)),
        ("add", (255, 200, 200)),
    ],
)
def test_blend_modes_are_w3cs(mode, expected):
    (bound,) = bind(f"image(/a,0,0,,{mode})", REGISTRY)
    frame = Frame(Image.new("RGB", (9, 9), (100, 150, 200)))
    mixed = bound.apply(frame, {}, lambda *_: Image.new("RGB", (3, 3), (200, 50, 0))).image
    assert mixed.getpixel((1, 1))[:3] == pytest.approx(expected, abs=2)
    assert mixed.getpixel((5, 5)) == (100, 150, 200, 255)


def test_masks_look_at_alpha_alone():
    kept, lost = put("0,0,,mask"), put("0,0,,mask-out")
    assert [each.getpixel((5, 5))[3] for each in (kept, lost)] == [255, 0]
    assert [each.getpixel((50, 50))[3] for each in (kept, lost)] == [0, 255]


def test_a_clear_ground_takes_no_part_in_a_blend():
    (bound,) = bind("image(/a,0,0,,multiply)", REGISTRY)
    frame = Frame(Image.new("RGBA", (9, 9)))
    mixed = bound.apply(frame, {}, lambda *_: Image.new("RGB", (9, 9), "blue")).image
    assert mixed.getpixel((1, 1)) == BLUE


def test_it_is_made_to_the_size_of_the_outer_picture(tmp_path):
    plain, full, inset = map(
        opened,
        answers(
            tmp_path,
            "/unsafe/200x100/filters:grayscale():format(png)/photo.jpg",
            "/unsafe/200x100/filters:image(/fxf/photo.jpg):grayscale():format(png)/alpha.webp",
            "/unsafe/200x100/filters:image(/f-20xfull-20/drawing.png,center,center):format(png)"
            "/photo.jpg",
        ),
    )
    assert ImageStat.Stat(ImageChops.difference(plain.convert("L"), full.convert("L"))).mean[0] < 1
    assert inset.size == (200, 100)


@pytest.mark.parametrize(
    ("inner", "status"),
    [
        ("/9x9/none.png", 400),
        ("/9x9/text.txt", 400),
        ("/9x9/truncated.png", 200),
        ("/9x9/../../secret.png", 400),
        ("/9x9/bomb.png", 400),
        ("/20000x20000/tiny.jpg", 400),
        ("/9x9/moving.gif", 200),
        ("/9x9/cmyk.jpg", 200),
        ("/9x9/filters:page(3)/moving.gif", 200),
        ("/trim/-9x-9/top/smart/bordered.png", 200),
    ],
)
def test_failures_inside_are_the_requests_fault(tmp_path, inner, status):
    (answer,) = answers(tmp_path, f"/unsafe/40x30/filters:image({inner},1,1)/tiny.jpg")
    assert answer.status == status, answer.body


def test_pixels_are_bounded_over_the_tree(tmp_path):
    many = ":".join(f"image(/{200 + n}x200/tiny.jpg,0,0)" for n in range(4))
    few, most = answers(
        tmp_path,
        "/unsafe/40x30/filters:image(/200x200/tiny.jpg,0,0)/tiny.jpg",
        f"/unsafe/40x30/filters:{many}/tiny.jpg",
        MAX_OUTPUT_PIXELS=100_000,
    )
    assert (few.status, most.status) == (200, 400)


@pytest.mark.parametrize(
    "call",
    [
        "image(/6x6/drawing.png,-0,-0)",
        "watermark(rgba.png,5,5,20,50)",
        "text(Hi,-0,-0,sans-9)",
        "label(Hi,0,0,9)",
    ],
)
def test_on_animations_each_frame_has_it_and_durations_stay(tmp_path, call):
    before, after = map(
        opened,
        answers(
            tmp_path,
            "/unsafe/40x30/filters:format(webp):lossless()/moving.gif",
            f"/unsafe/40x30/filters:{call}:format(webp):lossless()/moving.gif",
        ),
    )
    assert after.n_frames == before.n_frames > 1
    for number in range(before.n_frames):
        before.seek(number)
        after.seek(number)
        before.load()
        after.load()
        assert after.info["duration"] == before.info["duration"]
        assert after.convert("RGB").tobytes() != before.convert("RGB").tobytes()
