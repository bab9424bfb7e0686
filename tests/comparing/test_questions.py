"""What is asked of both servers, and which URLs are of one kind."""

import pytest

from thumborlike.comparing.classes import shape_of
from thumborlike.comparing.logs import Entry
from thumborlike.comparing.questions import questions


@pytest.mark.parametrize(
    "path, size, filters, ending",
    [
        ("/unsafe/300x200/smart/a.jpg", "NxN smart", "-", "jpg"),
        ("/SIG=/300x/left/https://o.net/a.PNG%3Fx=1", "Nx aligned", "-", "png"),
        ("/unsafe/a/b", "original", "-", "-"),
        ("/unsafe/meta/trim/1x1:9x9/adaptive-full-fit-in/-20x10/smart/a.webp?v=1",
         "meta trim cut adaptive-full-fit-in NxN flipped smart", "-", "webp"),
        ("/unsafe/filters:quality(3):blur(1):blur(2)/a.jpg", "original", "blur, quality", "jpg"),
        ("/favicon.ico", "other", "-", "-"),
        ("/", "other", "-", "-"),
        ("/unsafe/%FF.jpg", "other", "-", "-"),
    ],
)  # fmt: skip
def test_shapes(path, size, filters, ending):
    shape = shape_of(path, "*/*")
    assert (shape.size, shape.filters, shape.format) == (size, filters, ending)


@pytest.mark.parametrize(
    "accept, kind",
    [("*/*", "plain"), ("image/avif,image/webp", "avif+webp"), ("image/webp;q=0", "plain")],
)
def test_what_is_accepted(accept, kind):
    assert shape_of("/unsafe/a.jpg", accept).accept == kind


def test_shapes_of_hostile_paths_are_few_and_short():
    filters = ":".join(f"f{number}(1)" for number in range(500))
    assert len(shape_of(f"/unsafe/filters:{filters}/a.jpg", "*/*").name) < 100


ENTRIES = [Entry(f"/unsafe/{side}x/a.jpg") for side in range(1, 101)] * 3
ENTRIES += [Entry("/unsafe/fit-in/5x5/a.jpg"), Entry("/unsafe/1x/a.jpg", "image/webp")]


def test_each_address_once_with_its_hits():
    found = questions(ENTRIES, ["*/*"])
    assert len(found) == 102
    assert found[0].hits == 3
    assert found[-1].accept == "image/webp"
    assert sum(each.hits for each in found) == len(ENTRIES)


def test_for_several_browsers():
    assert len(questions(ENTRIES, ["a/b", "c/d"])) == 203
    found = questions(ENTRIES, ["a/b", "c/d"], forced=True)
    assert {each.accept for each in found} == {"a/b", "c/d"}


def test_samples_are_the_same_each_time():
    some = questions(ENTRIES, ["*/*"], sample=10)
    assert len(some) == 10
    assert {each.name for each in some} <= {each.name for each in questions(ENTRIES, ["*/*"])}
    again = questions(ENTRIES, ["*/*"], sample=20)
    assert {each.name for each in some} <= {each.name for each in again}


def test_so_many_of_each_kind():
    found = questions(ENTRIES, ["*/*"], per_class=5)
    assert len(found) == 7
    assert "/unsafe/fit-in/5x5/a.jpg" in [each.path for each in found]
