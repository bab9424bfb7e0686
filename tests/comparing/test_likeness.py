"""The yardstick itself: what it calls alike, and what it does not."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageFilter

from thumborlike.comparing import likeness as compare

SHAPES = Image.effect_mandelbrot((256, 256), (-2, -1.5, 1, 1.5), 60)
BANDS = [Image.linear_gradient("L"), SHAPES, Image.radial_gradient("L")]
PICTURE = Image.merge("RGB", BANDS).crop((0, 0, 203, 149))


def as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=quality)
    opened: Image.Image = compare.open_picture(body.getvalue())
    return opened


def test_equal_pictures() -> None:
    alike = compare.likeness(PICTURE, PICTURE.copy())
    assert alike.ssim == pytest.approx(1)
    assert (alike.mean, alike.worst) == (0, 0)


def test_another_quality_passes_as_lossy_and_not_as_lossless() -> None:
    alike = compare.likeness(PICTURE, as_jpeg(PICTURE, 90))
    assert compare.LOSSY.admits(alike)
    assert not compare.LOSSLESS.admits(alike)


@pytest.mark.parametrize(
    "other",
    [
        ImageChops.offset(PICTURE, 1, 0),
        PICTURE.filter(ImageFilter.GaussianBlur(1)),
        PICTURE.point(lambda value: value + 6),
        Image.new("RGB", PICTURE.size),
        PICTURE.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    ],
    ids=["shifted", "blurred", "brighter", "black", "mirrored"],
)
def test_other_pictures_do_not_pass(other: Image.Image) -> None:
    assert not compare.LOSSY.admits(compare.likeness(PICTURE, other))


def test_hidden_colour_does_not_count_but_alpha_does() -> None:
    one, other = (
        Image.new("RGBA", (9, 9), (255, 0, 0, 0)),
        Image.new("RGBA", (9, 9), (0, 0, 255, 0)),
    )
    assert compare.likeness(one, other).mean == 0
    assert compare.likeness(one, Image.new("RGBA", (9, 9), (128, 128, 128, 255))).mean == 255


def test_modes_compare() -> None:
    assert (
        compare.likeness(Image.new("I;16", (3, 2), 257 * 90), Image.new("L", (3, 2), 90)).mean == 0
    )
    assert compare.likeness(Image.new("1", (3, 2), 1), Image.new("CMYK", (3, 2))).mean == 0


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match="sizes differ"):
        compare.likeness(PICTURE, PICTURE.crop((0, 0, 9, 9)))


def test_fingerprints_are_small() -> None:
    assert compare.fingerprint(PICTURE).size == (32, 32)
    assert compare.fingerprint(PICTURE.crop((0, 0, 5, 200))).size == (5, 32)
