import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from thumborlike.errors import ImageError
from thumborlike.imaging.kept import Shared, view
from thumborlike.imaging.render import render
from thumborlike.interfaces import Source
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.url.grammar import parse

PICTURES = Path(__file__).parent.parent / "pictures"
MEBIBYTE = 1 << 20
LADDER = [
    f"fit-in/{side}x{side}/filters:format({kind})"
    for side in (60, 120, 300, 600, 900)
    for kind in ("jpeg", "webp")
]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def shared():
    return Shared(32 * MEBIBYTE, 20, Clock())


@pytest.fixture
def make(filters):
    """`make(shared, operations, name)`: the result, with what `shared` has."""

    def one(shared, operations, name="large.jpg", *, body=None, waiting=()):
        source = Source(name, (PICTURES / name).read_bytes() if body is None else body)
        layouts = [_job(each, name, filters).layout for each in waiting]
        return render(source, {}, _job(operations, name, filters), shared=shared, waiting=layouts)

    return one


def _job(operations, name, filters):
    return prepare(parse(f"/unsafe/{operations}/{name}"), {}, Settings(), filters)


def opened(result):
    return Image.open(io.BytesIO(result.body))


def difference(first, second):
    assert first.size == second.size
    gap = ImageChops.difference(first.convert("RGBA"), second.convert("RGBA"))
    return max(ImageStat.Stat(gap).mean)


def test_a_ladder_whose_requests_wait_together_decodes_once(make, shared):
    results = [make(shared, each, waiting=LADDER) for each in LADDER]
    assert [each.reused for each in results] == [False] + [True] * 9


@pytest.mark.parametrize("order", [LADDER, LADDER[::-1]])
def test_a_ladder_that_comes_step_by_step_decodes_twice_at_most(make, shared, order):
    assert sum(not make(shared, each).reused for each in order) <= 2


def test_a_ladder_in_eight_threads_decodes_once_and_gives_each_its_own(make, shared):
    def ask(operations):
        return operations, make(shared, operations, waiting=LADDER)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, LADDER * 4))
    assert sum(not result.reused for _, result in results) == 1
    assert len({(operations, result.body) for operations, result in results}) == len(LADDER)


@pytest.mark.parametrize(
    "operations", ["300x200", "fit-in/500x500", "700x100", "10x10:800x700/200x"]
)
@pytest.mark.parametrize("name", ["large.jpg", "photo.jpg", "orientation-6.jpg", "cmyk.jpg"])
def test_shared_pixels_look_like_those_of_a_lone_request(make, shared, name, operations):
    lossless = f"{operations}/filters:format(png)"
    make(shared, "10000x10000/filters:no_upscale()", name)
    assert (
        difference(opened(make(shared, lossless, name)), opened(make(None, lossless, name))) < 1.5
    )


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.*")), ids=lambda path: path.name)
def test_every_source_gives_the_same_twice_as_alone(make, shared, path):
    if path.suffix in (".py", ".md"):
        return
    for operations in ("40x30", "40x30/filters:format(png)", "trim/40x30", "40x30"):
        try:
            alone = make(None, operations, path.name)
        except ImageError as error:
            with pytest.raises(type(error)):
                make(shared, operations, path.name)
            continue
        again = make(shared, operations, path.name)
        if alone.animated and alone.media_type == "image/avif":  # has the time of its making
            assert difference(opened(again), opened(alone)) == 0
        else:
            assert again.body == alone.body


def test_formats_of_one_size_share_the_very_pixels(make, shared):
    first = make(shared, "300x200/filters:format(png)")
    assert not first.reused
    again = make(shared, "300x200/filters:format(webp):lossless()")
    assert again.reused
    assert difference(opened(first), opened(again)) == 0


def test_filters_change_nothing_for_others(make, shared):
    plain = make(shared, "300x200").body
    for each in ("brightness(40)", "grayscale()", "invert()", "round_corner(20,0,0,0)"):
        make(shared, f"300x200/filters:{each}")
        make(shared, f"filters:{each}")
    assert make(shared, "300x200").body == plain


def test_who_draws_on_a_view_draws_on_a_copy():
    image = Image.new("RGB", (4, 4))
    for draw in (
        lambda seen: seen.paste("red", (0, 0, 2, 2)),
        lambda seen: seen.putpixel((0, 0), (1, 2, 3)),
        lambda seen: ImageDraw.Draw(seen).point((0, 0), "red"),
    ):
        seen = view(image)
        draw(seen)
        assert seen.getpixel((0, 0)) != (0, 0, 0)
        assert image.getcolors() == [(16, (0, 0, 0))]


def test_names_do_not_matter_and_other_bytes_are_another_source(make, shared):
    body = (PICTURES / "large.jpg").read_bytes()
    make(shared, "300x200", "large.jpg", body=body)
    assert make(shared, "300x200", "other.jpg", body=bytes(bytearray(body))).reused
    changed = bytearray(body)
    changed[len(body) // 3] ^= 1
    assert not make(shared, "300x200", "large.jpg", body=bytes(changed)).reused


def test_memory_is_bounded_whatever_comes(make):
    shared = Shared(3 * MEBIBYTE, 20)
    for number in range(60):
        body = (PICTURES / "photo.jpg").read_bytes() + bytes([number])
        make(shared, f"{200 + number}x200", "photo.jpg", body=body)
        assert shared.used_bytes() <= 3 * MEBIBYTE
    assert shared.used_bytes() > MEBIBYTE
    make(shared, "1100x700", "large.jpg")
    assert shared.used_bytes() <= 3 * MEBIBYTE


def test_what_nobody_uses_is_given_up():
    clock = Clock()
    shared = Shared(MEBIBYTE, 20, clock)
    shared.known(b"first" * 100)
    clock.now = 15
    shared.known(b"other" * 100)
    assert shared.sweep()
    clock.now = 20
    assert (shared.sweep(), shared.used_bytes()) == (True, 500)
    clock.now = 35
    assert (shared.sweep(), shared.used_bytes()) == (False, 0)


def test_a_damaged_source_fails_for_all_and_leaves_nothing_wrong(make, shared):
    body = (PICTURES / "header-only.png").read_bytes()
    for _ in range(2):
        with pytest.raises(ImageError):
            make(shared, "300x200", "broken.jpg", body=body)
    assert make(shared, "300x200").body == make(None, "300x200").body
