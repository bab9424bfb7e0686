"""Pixels as Thumbor 7.8 makes them: `golden_pixels.json` has every 13th byte of its results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from thumborlike.filtering import Frame

ROWS = json.loads((Path(__file__).parent / "golden_pixels.json").read_text())["rows"]

# Largest and mean difference in levels. What is not named here is equal bit by bit.
TOLERANCES = {
    "background_color": (1, 0.6),
    "blur": (3, 0.7),
    "blur(5,2)": (8, 1.2),
    "convolution": (1, 0.05),
    "fill(0f08,true)": (1, 0.6),
    "fill(blur)": (8, 1.0),
    "saturation": (1, 0.01),
    "sharpen": (1, 0.1),
    "watermark": (1, 0.6),
}


def tolerance(call):
    return TOLERANCES.get(call) or TOLERANCES.get(call.partition("(")[0], (0, 0))


def hidden_bytes(image):
    """True for each byte of a wholly transparent pixel: its colour is nobody's business."""
    if image.mode != "RGBA":
        return [False] * len(image.tobytes())
    return [not alpha for alpha in image.getchannel("A").tobytes() for _ in range(4)]


@pytest.mark.parametrize(("call", "mode", "made", "size", "sample"), ROWS)
def test_pixels_are_those_of_thumbor(run, noise, call, mode, made, size, sample):
    picture = noise(mode, (40, 36), len(mode) - 2)
    frame = Frame(picture, requested=(50, 49), quirks=True)
    image = run(call, frame, {"u": noise("RGBA", (12, 10), 3)}).image
    assert (image.mode, list(image.size)) == (made, size)

    hidden = hidden_bytes(image)[::13]
    differences = [
        0 if unseen else abs(one - other)
        for one, other, unseen in zip(
            image.tobytes()[::13], bytes.fromhex(sample), hidden, strict=True
        )
    ]
    largest, mean = tolerance(call)
    assert max(differences) <= largest
    assert sum(differences) / len(differences) <= mean
