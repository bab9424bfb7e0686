import time
from pathlib import Path

import pytest
from PIL import Image

from thumborlike.cost import LEAST, cost_of
from thumborlike.headers import size_of as header
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.url.grammar import parse

PICTURES = Path(__file__).parent.parent / "pictures"
READ = [path for path in PICTURES.glob("*.*") if path.suffix in (".jpg", ".png", ".gif", ".webp")]


@pytest.fixture
def cost(filters):
    def of(operations, name=None, body=None):
        job = prepare(parse(f"/unsafe/{operations}/a.jpg"), {}, Settings(), filters)
        return cost_of((PICTURES / name).read_bytes() if name else body, job)

    return of


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_sizes_are_those_that_pillow_finds(path):
    if path.name in ("empty.jpg", "html.jpg", "header-only.png"):
        return
    with Image.open(path) as image:
        found, _ = header((image.format or "").lower().replace("mpo", "jpeg"), path.read_bytes())
        assert found == image.size


def test_more_work_costs_more(cost):
    ladder = [cost(f"{side}x{side}", "large.jpg") for side in (50, 200, 700)]
    assert [each.seconds for each in ladder] == sorted(each.seconds for each in ladder)
    assert [each.memory for each in ladder] == sorted(each.memory for each in ladder)
    plain, heavy = cost("600x600", "large.jpg"), cost("600x600/filters:format(avif)", "large.jpg")
    assert plain.seconds < heavy.seconds
    assert cost("trim/50x50", "large.jpg").memory > cost("50x50", "large.jpg").memory
    assert plain.waiting == len((PICTURES / "large.jpg").read_bytes())


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0" + bytes(9), b"RIFF\0\0\0\0WEBPVP8L", b"GIF89a"],
)
@pytest.mark.parametrize("operations", ["", "0x0", "fit-in/1x1", "-5x", "origxorig", "x7"])
def test_what_cannot_be_read_is_small_work(cost, operations, body):
    assert cost(operations, body=body).seconds == LEAST


def test_looking_costs_next_to_nothing(cost):
    hostile = b"\xff\xd8" + b"\xff\xe1\x00\x02" * 100_000
    started = time.perf_counter()
    for _ in range(100):
        cost("100x100", body=hostile)
    assert time.perf_counter() - started < 0.5
