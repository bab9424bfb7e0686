import io

import pytest
from PIL import Image, ImageChops, ImageStat

from thumborlike.imaging import linear

LANCZOS = Image.Resampling.LANCZOS


def grid(mode="L", size=(256, 256)):
    """Black and white pixels in turns."""
    cell = Image.new("L", (2, 2), 0)
    cell.putpixel((0, 0), 255)
    cell.putpixel((1, 1), 255)
    image = Image.new("L", size)
    for x in range(0, size[0], 2):
        for y in range(0, size[1], 2):
            image.paste(cell, (x, y))
    return image.convert(mode)


def body_of(image, form="PNG", **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def mean(image):
    return ImageStat.Stat(image).mean


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("name", ["LANCZOS", "BICUBIC", "BOX"])
def test_a_grid_of_black_and_white_averages_to_188(picture, mode, name):
    asked = {"linear_resize": True, "pillow_resampling_filter": name}
    made = picture("64x64/filters:format(png)", "x.png", body=body_of(grid(mode)), **asked)
    inner = made.convert("RGB").crop((4, 4, 60, 60))
    assert mean(inner) == pytest.approx([188, 188, 188], abs=1)
    usual = picture("64x64/filters:format(png)", "x.png", body=body_of(grid(mode)))
    assert mean(usual.convert("RGB").crop((4, 4, 60, 60))) == pytest.approx([128] * 3, abs=2)


def test_a_jpeg_is_not_averaged_by_its_decoder(picture):
    body = body_of(grid("RGB", (512, 512)), "JPEG", quality=100, subsampling=0)
    made = picture("64x64/filters:format(png)", "x.jpg", body=body, linear_resize=True)
    assert mean(made.crop((4, 4, 60, 60))) == pytest.approx([188, 188, 188], abs=2)


def test_every_level_stays_what_it_is():
    ramp = Image.linear_gradient("L").rotate(90)
    wide = ramp.resize((2048, 8), Image.Resampling.NEAREST)
    made = linear.resized(wide, (256, 1), Image.Resampling.BOX, (0, 0, 2048, 8))
    assert [made.getpixel((x, 0)) for x in range(256)] == list(range(256))


def test_clear_pixels_lend_no_colour():
    image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 201, 400))
    made = linear.resized(image, (41, 41), LANCZOS, (0, 0, 400, 400))
    seen = [made.getpixel((x, 20)) for x in range(41)]
    assert seen[0] == (0, 0, 255, 255)
    assert seen[40][3] == 0
    assert all(red <= 2 and blue >= 250 for red, _, blue, alpha in seen if alpha > 16)


def test_a_flat_colour_keeps_its_alpha():
    image = Image.new("RGBA", (300, 200), (200, 100, 50, 77))
    made = linear.resized(image, (70, 50), LANCZOS, (0.5, 0.25, 299.5, 199.0))
    gap = ImageChops.difference(made, Image.new("RGBA", (70, 50), (200, 100, 50, 77)))
    assert max(high for _, high in gap.getextrema()) <= 1


@pytest.mark.parametrize("name", ["cmyk.jpg", "grey-16.png", "moving.gif", "orientation-6.jpg"])
@pytest.mark.parametrize("operations", ["40x30", "fit-in/50x50", "-20x", "10x10:90x70/33x21", ""])
def test_all_kinds_of_pictures_keep_their_size(picture, name, operations):
    asked = {"respect_orientation": True}
    linearly = picture(operations, name, linear_resize=True, **asked)
    assert linearly.size == picture(operations, name, **asked).size
