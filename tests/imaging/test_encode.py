import io
import random

import pytest
from PIL import Image, ImageStat

from thumborlike.imaging.encode import quality_of
from thumborlike.imaging.search import MOST_ENCODES, smallest_or_best
from thumborlike.job import Output
from thumborlike.settings.sections import EncodingSettings


@pytest.mark.parametrize(
    ("name", "asked", "settings", "expected"),
    [
        ("jpeg", None, {}, 80),
        ("jpeg", 0, {}, 1),
        ("jpeg", 500, {}, 100),
        ("webp", None, {"quality": 70}, 70),
        ("webp", None, {"webp_quality": 60}, 60),
        ("webp", 90, {"webp_quality": 60}, 90),
        ("avif", 500, {}, 100),
        ("avif", None, {"avif_quality": 33}, 33),
        ("heif", None, {"quality": 12}, 75),
        ("heif", None, {"heif_quality": 44}, 44),
    ],
)
def test_quality(name, asked, settings, expected):
    assert quality_of(name, Output(quality=asked), EncodingSettings(**settings)) == expected


def test_the_best_quality_that_fits_is_found_in_few_encodes():
    tried = []

    def encode(quality):
        tried.append(quality)
        return bytes(quality * 10)

    for most in (5, 10, 305, 799, 800, 9999):
        tried.clear()
        body = smallest_or_best(encode, 80, most)
        assert len(tried) <= MOST_ENCODES
        if most >= 20:
            assert len(body) <= most
    assert len(smallest_or_best(encode, 80, 1)) <= 30


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("name", ["photo.jpg", "drawing.png"])
def test_what_is_found_is_near_what_all_qualities_would_give(body_of, name, kind):
    image = Image.open(io.BytesIO(body_of(name))).convert("RGB").resize((120, 90))
    made = {}
    for quality in range(1, 91):
        file = io.BytesIO()
        image.save(file, kind, quality=quality)
        made[quality] = file.getvalue()
    quality_of_size = {len(body): quality for quality, body in made.items()}
    gaps = []
    for part in range(41):
        most = len(made[1]) + (len(made[90]) - len(made[1])) * part // 40
        best = max(quality for quality, body in made.items() if len(body) <= most)
        found = smallest_or_best(made.__getitem__, 90, most)
        assert len(found) <= most
        gaps.append(best - quality_of_size[len(found)])
    assert sum(gaps) / len(gaps) <= 1
    assert max(gaps) <= 8


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_max_bytes(answer, kind):
    free = answer(f"filters:format({kind})", "photo.jpg")
    most = len(free.body) * 2 // 3
    bound = answer(f"filters:format({kind}):max_bytes({most})", "photo.jpg")
    assert len(bound.body) <= most
    assert bound.media_type == free.media_type


def test_webp_at_100_is_lossless(picture):
    image = picture("filters:format(webp):quality(100)", "drawing.png")
    assert image.convert("RGB").tobytes() == picture("", "drawing.png").convert("RGB").tobytes()


def test_lossless_webp_by_its_filter(picture):
    image = picture("filters:format(webp):lossless()", "drawing.png")
    assert image.convert("RGB").tobytes() == picture("", "drawing.png").convert("RGB").tobytes()


def test_jpeg_is_progressive_unless_told_otherwise(picture):
    assert picture("", "photo.jpg").info.get("progressive")
    assert not picture("", "photo.jpg", progressive_jpeg=False).info.get("progressive")


@pytest.mark.parametrize(
    ("name", "operations", "mode"),
    [
        ("palette.png", "50x50", "P"),
        ("one-bit.png", "50x50", "1"),
        ("palette-alpha.png", "50x50", "P"),
        ("palette-alpha.png", "50x50/filters:grayscale()", "P"),
        ("grey-16.png", "50x50", "I;16"),
        ("grey.jpg", "50x50", "RGB"),
        ("cmyk.jpg", "filters:format(png)", "RGBA"),
        ("cmyk.tiff", "", "RGBA"),
        ("rgba.png", "filters:format(jpeg)", "RGB"),
        ("colour-key.png", "filters:format(webp)", "RGBA"),
    ],
)
def test_modes(picture, name, operations, mode):
    assert picture(operations, name).mode == mode


@pytest.mark.parametrize("entry", [bytes([0, 128, 255]), bytes([200] * 5)])
def test_a_palette_with_shades_of_alpha_becomes_a_gif(picture, entry):
    """GIF has one transparent colour; the PNG's list of alpha values does not fit there."""
    source = Image.linear_gradient("L").convert("P")
    file = io.BytesIO()
    source.save(file, "PNG", transparency=entry)
    image = picture("filters:format(gif)", "shades.png", body=file.getvalue())
    assert image.format == "GIF"
    assert image.size == source.size


def test_palettes_are_given_up_on_request(picture):
    assert picture("50x50", "palette.png", pillow_preserve_indexed_mode=False).mode == "RGB"


@pytest.mark.parametrize(
    "operations",
    ["filters:format(jpeg)", "filters:brightness(0)", "trim:top-left:1/filters:format(webp)"],
)
def test_sixteen_bit_grey_keeps_its_range(picture, operations):
    grey = picture(operations, "grey-16.png").convert("L")
    (low, high), (mean,) = grey.getextrema(), ImageStat.Stat(grey).mean
    assert low < 12
    assert high > 243
    assert 118 < mean < 138


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_profiles_stay_and_strip_icc_drops_them_everywhere(picture, kind):
    assert picture(f"50x50/filters:format({kind})", "icc.jpg").info.get("icc_profile")
    stripped = picture(f"50x50/filters:format({kind}):strip_icc()", "icc.jpg")
    assert not stripped.info.get("icc_profile")


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_a_wide_gamut_keeps_its_numbers_and_its_profile(picture, body_of, kind):
    source = Image.open(io.BytesIO(body_of("wide-gamut.jpg"))).info["icc_profile"]
    made = picture(f"50x50/filters:format({kind}):quality(95)", "wide-gamut.jpg")
    assert made.info["icc_profile"] == source
    assert b"wide gamut" in source
    plain = picture(f"50x50/filters:format({kind}):quality(95)", "photo.jpg")
    assert made.convert("RGB").tobytes() == plain.convert("RGB").tobytes()


def test_sixteen_bits_per_channel_become_eight(picture):
    made = picture("", "rgb-16.png")
    assert (made.mode, made.size) == ("RGB", (96, 64))
    assert made.getpixel((0, 0))[:2] == (0, 0)
    assert made.getpixel((95, 63))[:2] == (255, 255)


def test_exif_is_dropped_unless_asked_for(picture):
    assert "exif" not in picture("50x50", "exif.jpg").info
    kept = picture("50x50", "exif.jpg", preserve_exif_info=True)
    assert kept.getexif()[0x010E] == "a picture of the tests"
    stripped = picture("50x50/filters:strip_exif()", "exif.jpg", preserve_exif_info=True)
    assert "exif" not in stripped.info


def test_only_copyright(picture):
    tags = picture("50x50", "exif.jpg", preserve_exif_copyright_info=True).getexif()
    assert dict(tags) == {0x013B: "thumborlike", 0x8298: "CC0", 0x0132: "2026:01:02 03:04:05"}


def test_an_applied_orientation_is_not_applied_again(picture):
    keys = {"preserve_exif_info": True, "respect_orientation": True}
    image = picture("0x0", "orientation-6.jpg", **keys)
    assert image.getexif().get(0x0112, 1) == 1
    keys["respect_orientation"] = False
    assert picture("0x0", "orientation-6.jpg", **keys).getexif()[0x0112] == 6


def damaged(block, chance):
    body = bytearray(block)
    for _ in range(chance.randint(1, 5)):
        body[chance.randrange(6, len(body))] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(body)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
@pytest.mark.parametrize(
    "keys", [{"preserve_exif_info": True}, {"preserve_exif_copyright_info": True}]
)
def test_damaged_exif_never_costs_the_picture(picture, body_of, kind, keys):
    chance = random.Random(kind)
    source = Image.open(io.BytesIO(body_of("orientation-6.jpg")))
    for _ in range(40):
        buffer = io.BytesIO()
        source.save(buffer, "JPEG", exif=damaged(source.info["exif"], chance))
        keys = {**keys, "respect_orientation": chance.random() < 0.5}
        made = picture(
            f"fit-in/8x8/filters:format({kind})", "x.jpg", body=buffer.getvalue(), **keys
        )
        assert max(made.size) == 8


def test_exif_too_large_for_a_jpeg_is_dropped(picture):
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG", exif=exif)
    ask = {"body": buffer.getvalue(), "preserve_exif_info": True}
    assert "exif" not in picture("filters:format(jpeg)", "x.png", **ask).info
    assert picture("", "x.png", **ask).getexif()[0x010E] == exif[0x010E]


def test_iptc_is_copied_on_request(answer):
    assert b"caption" not in answer("50x50", "exif.jpg").body
    kept = answer("50x50", "exif.jpg", preserve_iptc_info=True).body
    assert b"caption" in kept
    assert Image.open(io.BytesIO(kept)).size == (50, 50)


def test_a_jpeg_comment_is_kept(picture):
    assert picture("50x50", "exif.jpg").info.get("comment") == b"a comment"


def test_the_sources_tables_are_kept_as_they_are(picture):
    image = picture("0x0", "444.jpg", pillow_jpeg_qtables="keep", pillow_jpeg_subsampling="keep")
    source = picture("0x0", "444.jpg", quality=92)
    assert image.quantization == source.quantization
    assert image.layer[0][1:3] == (1, 1)
    assert picture("0x0", "rgb.png", pillow_jpeg_qtables="keep").size == (160, 120)


@pytest.mark.parametrize("side", [16384])
def test_what_an_encoder_cannot_write_is_told(answer, side):
    from thumborlike.errors import BrokenImage

    with pytest.raises(BrokenImage):
        answer(f"{side}x1/filters:format(webp)", "tiny.jpg")


def test_thumbor_leaves_avif_at_the_speed_of_its_encoder(answer):
    asked = ("80x60/filters:format(avif)", "photo.jpg")
    usual, quirks = answer(*asked).body, answer(*asked, thumbor_quirks=True).body
    assert usual == answer(*asked, avif_speed=7).body
    assert quirks == answer(*asked, avif_speed=6, thumbor_quirks=True).body
    assert usual != quirks


def test_webp_method_is_the_encoders_effort(answer):
    asked = ("120x90/filters:format(webp)", "photo.jpg")
    sizes = [len(answer(*asked, webp_method=method).body) for method in (0, 4)]
    assert sizes[1] == len(answer(*asked).body) < sizes[0]
