"""The pure parts of the filter benchmark, and its own side of the measuring."""

from __future__ import annotations

import math

import benchmark_package  # noqa: F401  makes the next imports possible
import pytest
from PIL import Image

from benchmarks import filter_page, filter_side, filters


def row(ours, theirs):
    return filter_page.Row("blur(1)", "RGB", ours, theirs, 0.5)


def test_ratio_is_theirs_to_ours_by_medians():
    assert row([0.1, 0.2, 9.0], [0.4, 0.1, 0.5]).ratio == pytest.approx(2)


def test_geometric_mean():
    rows = [row([1.0], [4.0]), row([1.0], [1.0])]
    assert filter_page.geometric_mean(rows) == pytest.approx(2)
    assert math.isnan(filter_page.geometric_mean([]))


def test_page_counts_the_rows_that_lose():
    page = filter_page.markdown(([row([1.0], [4.0]), row([2.0], [1.0])], [], []), [("when", "now")])
    assert (
        "Geometric mean of 2 rows: **1.41**; lowest 0.50; rows in which ours is slower: 1" in page
    )
    assert "| `blur(1)` | RGB | 1000.0 | 4000.0 | 4.00 | 0.50 |" in page


def test_difference_is_of_what_is_seen(tmp_path):
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    Image.new("RGBA", (4, 4), (9, 9, 9, 0)).save(one)
    Image.new("RGBA", (4, 4), (200, 9, 9, 0)).save(other)
    assert filters.difference(one, other) == 0
    Image.new("RGB", (5, 4)).save(other)
    assert math.isnan(filters.difference(one, other))


@pytest.mark.parametrize("call", [*filters.CALLS, *filters.PILLOW_CALLS])
def test_each_call_is_one_of_ours(call):
    overlays = {name: Image.new("RGBA", (9, 9), "red") for name in filter_side.OVERLAYS}
    if call.startswith("frame"):
        overlays["patch"].paste("black", (0, 0, 9, 1))
        overlays["patch"].paste("black", (0, 0, 1, 9))
    made = filter_side._ours(call, overlays)(Image.new("RGB", (30, 20), "red"))
    assert min(made.size) >= 1
