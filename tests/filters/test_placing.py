"""Watermark arithmetic, as seen on Thumbor 7.8: image 301x200, mark 30x30."""

from __future__ import annotations

import pytest
from thumborlike.filters._placing import scaled_size, tiles


@pytest.mark.parametrize(
    ("position", "at"),
    [
        (("10", "20"), (10, 20)),
        (("-10", "-20"), (261, 150)),
        (("-0", "-0"), (271, 170)),
        (("center", "center"), (135, 85)),
        (("10p", "20p"), (30, 40)),
        (("-10p", "-5p"), (241, 160)),
        (("33p", "0"), (99, 0)),
        (("-100p", "0"), (-30, 0)),
    ],
)
def test_single_places(position, at):
    left, top = tiles(position, (301, 200), (30, 30))
    assert (list(left), list(top)) == ([at[0]], [at[1]])


@pytest.mark.parametrize(
    ("image", "mark", "left", "top"),
    [
        ((301, 200), (30, 30), range(0, 300, 30), range(0, 200, 34)),
        ((45, 40), (30, 30), [0, 40], [0, 40]),
        ((1000, 1000), (30, 30), range(0, 1000, 194), range(0, 1000, 194)),
    ],
)
def test_tiles(image, mark, left, top):
    found = tiles(("repeat", "repeat"), image, mark)
    assert [list(each) for each in found] == [list(left), list(top)]


@pytest.mark.parametrize(
    ("percent", "size"),
    [
        ((50, 0), (150, 150)),
        ((0, 50), (100, 100)),
        ((50, 50), (100, 100)),
        ((25, 10), (20, 20)),
        ((7, 0), (21, 21)),
    ],
)
def test_scaled_sizes(percent, size):
    assert scaled_size((301, 200), (30, 30), percent) == size
