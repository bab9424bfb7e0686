"""Dropping a profile must not shift colours."""

import io

import pytest
from PIL import Image, ImageCms, ImageStat

from thumborlike.imaging.profiles import in_srgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def meant(image):
    """The colours in sRGB that the file means: its profile respected."""
    icc = image.info.get("icc_profile")
    image = image.convert("RGB")
    if not icc:
        return image
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    return ImageCms.profileToProfile(image, profile, SRGB, renderingIntent=1, outputMode="RGB")


def mean(image):
    return ImageStat.Stat(image).mean


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "gif"])
def test_strip_icc_keeps_the_colours(picture, kind):
    kept = picture("60x60/filters:format(png)", "wide-gamut.jpg")
    stripped = picture(f"60x60/filters:strip_icc():format({kind})", "wide-gamut.jpg")
    assert "icc_profile" in kept.info
    assert "icc_profile" not in stripped.info
    assert mean(meant(stripped)) == pytest.approx(mean(meant(kept)), abs=4)


def test_thumbor_shifts_them(picture):
    keys = {"thumbor_quirks": True}
    kept = picture("60x60/filters:format(png)", "wide-gamut.jpg", **keys)
    dropped = picture("60x60/filters:strip_icc():format(png)", "wide-gamut.jpg", **keys)
    assert dropped.convert("RGB").tobytes() == kept.convert("RGB").tobytes()


def test_srgb_itself_is_not_touched():
    image = Image.linear_gradient("L").convert("RGB")
    assert in_srgb(image, SRGB.tobytes(), None) is image


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "RGB", "P", "I;16"])
@pytest.mark.parametrize("icc", [None, b"", b"x" * 200, b"x" * 16 + b"RGB " + b"x" * 200])
def test_a_profile_that_is_none_changes_nothing(mode, icc):
    image = Image.new(mode, (4, 4))
    assert in_srgb(image, icc, None).tobytes()[:4] == image.tobytes()[:4]


def test_alpha_stays(body_of):
    icc = Image.open(io.BytesIO(body_of("wide-gamut.jpg"))).info["icc_profile"]
    image = Image.new("RGBA", (2, 2), (200, 30, 30, 77))
    made = in_srgb(image, icc, None)
    assert made.mode == "RGBA"
    assert made.getpixel((0, 0))[3] == 77
    assert made.getpixel((0, 0))[:3] != (200, 30, 30)


def test_the_configured_profile_is_used(body_of, tmp_path, caplog):
    icc = Image.open(io.BytesIO(body_of("wide-gamut.jpg"))).info["icc_profile"]
    image = Image.new("RGB", (2, 2), (200, 30, 30))
    file = tmp_path / "same.icc"
    file.write_bytes(icc)
    assert in_srgb(image, icc, str(file)).getpixel((0, 0)) == pytest.approx((200, 30, 30), abs=2)
    broken = tmp_path / "broken.icc"
    broken.write_bytes(b"no profile")
    assert in_srgb(image, icc, str(broken)).tobytes() == in_srgb(image, icc, None).tobytes()
    assert "SRGB_PROFILE" in caplog.text
