"""Redaction, from the URL to the pixels: right places, or no picture at all."""

import io
import itertools

import pytest
from detecting_site import ask, make_site
from PIL import Image, ImageChops, ImageDraw, ImageStat

SIZE = (400, 300)
FACES = ((40, 60, 100, 140), (250, 100, 330, 200))
FINDS = """
        found = []
        for left, top, right, bottom in {boxes}:
            scale = image.width / 400
            left, top, right, bottom = (each * scale for each in (left, top, right, bottom))
            size = right - left, bottom - top
            middle = left + size[0] / 2, top + size[1] / 2
            found.append(FocalPoint(*middle, size[0] * size[1], *size, {origin!r}, 0.9))
        return found
"""
FINDS_FACES = FINDS.format(boxes=FACES, origin="Face Detection")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Checks of one pixel all over, with a red patch where each face is."""
    picture = Image.effect_noise(SIZE, 120).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for left, top, right, bottom in FACES:
        pen.rectangle((left, top, right - 1, bottom - 1), fill="red")
    picture.save(tmp_path / "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    frames = [picture, picture.rotate(180)]
    frames[0].save(tmp_path / "moving.webp", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "pages.tif", save_all=True, append_images=frames[1:])
    return make_site(tmp_path, monkeypatch)


def picture_of(answer):
    assert answer.status == 200, answer.body
    return Image.open(io.BytesIO(answer.body)).convert("RGB")


def reds(image):
    """Pixels that are red."""
    red, green, _ = image.split()
    return ImageChops.subtract(red, green).point(lambda level: 255 if level > 200 else 0)


def count_of(mask):
    return sum(mask.point(lambda level: 1 if level else 0).tobytes())


SHAPES = [
    "", "200x150/", "120x300/", "300x60/", "fit-in/90x90/", "20x30:390x290/", "60x70:290x160/",
    "80x0:400x300/200x0/", "-100x-75/", "-0x120/", "adaptive-fit-in/90x200/", "100x100/smart/",
    "280x120:400x300/77x0/", "trim/200x0/", "debug/",
]  # fmt: skip
FINDS_RED = """
        def is_red(x, y):
            red, green, blue = image.getpixel((x, y))
            return red > 200 and green < 50 and blue < 50

        return [
            FocalPoint(x + 4, y + 4, 64, 8, 8, "Face Detection")
            for x in range(0, image.width, 8)
            for y in range(0, image.height, 8)
            if any(
                is_red(min(x + across, image.width - 1), min(y + down, image.height - 1))
                for across in (0, 7) for down in (0, 7)
            )
        ]
"""


@pytest.mark.parametrize("call", ["", "orient(90):"])
@pytest.mark.parametrize("name", ["a.png", "turned.png"])
@pytest.mark.parametrize("oriented", [True, False])
def test_no_face_is_left_in_any_shape(site, name, call, oriented):
    loaded = site(FINDS_RED, finds=("face",), RESPECT_ORIENTATION=oriented)
    fill = f"filters:{call}redact(fill,1,face,000080):format(png)"
    for answer in ask(loaded, *(f"/unsafe/{shape}{fill}/{name}" for shape in SHAPES)):
        assert count_of(reds(picture_of(answer))) == 0


@pytest.mark.parametrize("shape", SHAPES[:-2])
def test_nothing_else_is_touched(site, tmp_path, shape):
    """A picture that is white where faces are, with their margins, goes the same way."""
    mask = Image.new("L", SIZE)
    for left, top, right, bottom in FACES:
        wide, high = (right - left) * 0.2 + 2, (bottom - top) * 0.2 + 2
        box = (left - wide, top - high, right + wide, bottom + high)
        ImageDraw.Draw(mask).rectangle(box, fill="white")
    mask.save(tmp_path / "mask.png")
    call = "filters:redact(fill,1,face,000080):format(png)"
    paths = f"{call}/a.png", "filters:format(png)/a.png", "filters:format(png)/mask.png"
    loaded = site(FINDS_FACES, finds=("face",))
    answers = ask(loaded, *(f"/unsafe/{shape}{path}" for path in paths))
    done, plain, mask = map(picture_of, answers)
    changed = ImageChops.difference(done, plain).convert("L").point(lambda level: level and 255)
    outside = mask.convert("L").point(lambda level: 255 if level == 0 else 0)
    assert count_of(changed) >= count_of(reds(plain)) > 0
    assert count_of(ImageChops.darker(changed, outside)) == 0


@pytest.mark.parametrize("mode", ["blur", "pixelate", "fill"])
@pytest.mark.parametrize("strength", [1, 50, 100])
def test_each_mode_hides_more_the_stronger_it_is(site, mode, strength):
    call = f"filters:redact({mode},{strength}):format(png)"
    answer, plain = ask(
        site(FINDS.format(boxes=[(150, 10, 240, 280)], origin="Face Detection"), finds=("face",)),
        f"/unsafe/{call}/a.png",
        "/unsafe/filters:format(png)/a.png",
    )
    inside = (155, 15, 235, 275)
    left, were = (
        ImageStat.Stat(picture_of(each).crop(inside).convert("L")).stddev[0]
        for each in (answer, plain)
    )
    assert left < were / 4
    outside = (0, 0, 40, 300)
    same = [picture_of(each).crop(outside).tobytes() for each in (answer, plain)]
    assert same[0] == same[1]


def test_it_runs_before_filters_that_move_the_picture(site):
    call = "filters:rotate(90):padding(white,30):redact(fill):format(png)"
    (answer,) = ask(site(FINDS_FACES, finds=("face",)), f"/unsafe/200x150/{call}/a.png")
    assert count_of(reds(picture_of(answer))) == 0


def test_where_nothing_is_found_the_picture_stays(site):
    paths = [f"/unsafe/200x0/{call}/a.png" for call in ("filters:redact()", "filters:quality(80)")]
    one, other = ask(site("return []", finds=("face",)), *paths)
    assert one.status == other.status == 200 and one.body == other.body


FAILING = {
    "raises": "raise RuntimeError('no such model')",
    "hangs": "time.sleep(5)",
    "no points": "return ['a']",
    "outside": "return [FocalPoint(9999, 9999, 1, 1, 1)]",
}


@pytest.mark.parametrize("ignored, smart", [(True, ""), (False, "smart/"), (True, "smart/")])
@pytest.mark.parametrize("body", FAILING.values(), ids=FAILING)
def test_a_detector_that_fails_gives_an_error_and_no_picture(site, tmp_path, body, smart, ignored):
    loaded = site(body, finds=("face",), IGNORE_SMART_ERRORS=ignored, DETECTOR_TIMEOUT_SECONDS=0.3)
    first, again = ask(loaded, *[f"/unsafe/100x100/{smart}filters:redact()/a.png"] * 2)
    assert first.status == again.status == 500
    assert b"PNG" not in first.body
    assert not list(tmp_path.rglob("*.detectors.txt"))


@pytest.mark.parametrize(
    "call, status",
    {
        "redact(smear)": 400,
        "redact(blur,0)": 400,
        "redact(blur,101)": 400,
        "redact(blur,50,face,nocolour,9)": 400,
        "redact(fill,50,face,nocolour)": 400,
        "redact(blur,50,licence plate)": 400,
        "redact(blur,50,all)": 200,
        "redact(blur,,Face)": 200,
        "redact()": 200,
        "redact(pixelate)": 200,
    }.items(),
)
def test_calls_that_do_not_fit_are_refused_not_dropped(site, call, status):
    loaded = site(FINDS_FACES, finds=("face",))
    (answer,) = ask(loaded, f"/unsafe/200x0/filters:{call.replace(' ', '%20')}/a.png")
    assert answer.status == status


@pytest.mark.parametrize("keys", [{"DETECTORS": ()}, {"finds": ()}, {"THUMBOR_QUIRKS": True}])
def test_without_a_detector_that_says_it_finds_faces_it_is_refused(site, keys):
    loaded = site(FINDS_FACES, **{"finds": ("face",), **keys})
    (answer,) = ask(loaded, "/unsafe/200x0/filters:redact()/a.png")
    assert answer.status == 400


@pytest.mark.parametrize(
    "call, status",
    [("redact()", 400), ("cover():redact(fill)", 200), ("redact(fill):cover()", 200)],
)
def test_animations_are_refused(site, call, status):
    loaded = site(FINDS_FACES, finds=("face",))
    (answer,) = ask(loaded, f"/unsafe/200x0/filters:{call}/moving.webp")
    assert answer.status == status
    if status == 200:
        assert count_of(reds(picture_of(answer))) == 0


def test_in_a_picture_within_a_picture_it_is_refused(site):
    inner = "image(/90x90/filters:redact()/a.png,5,5)"
    (answer,) = ask(site(FINDS_FACES, finds=("face",)), f"/unsafe/200x0/filters:{inner}/a.png")
    assert answer.status == 400


def test_another_page_is_looked_at_anew(site):
    loaded = site(FINDS_FACES, finds=("face",))
    ask(loaded, *(f"/unsafe/filters:redact():page({page})/pages.tif" for page in (1, 2, 1, 2)))
    assert len(site.asked.read_bytes()) == 3


def test_what_is_found_is_shared_with_smart(site):
    paths = "100x100/smart/filters:redact()", "90x100/filters:redact()", "80x100/smart"
    for order in itertools.permutations(paths):
        site.forget()
        ask(site(FINDS_FACES, finds=("face",)), *(f"/unsafe/{each}/a.png" for each in order))
        assert site.asked.read_bytes() == b"."


def test_what_somebody_else_stored_is_not_believed(site, tmp_path):
    """Thumbor does not tell what it looked for."""
    loaded = site(FINDS_FACES, finds=("face",))
    ask(loaded, "/unsafe/100x100/smart/a.png")
    (stored,) = tmp_path.rglob("*.detectors.txt")
    stored.write_text('[{"x": 9, "y": 9, "z": 1, "width": 2, "height": 2, "origin": "alignment"}]')
    answer, _ = ask(
        loaded, "/unsafe/filters:redact(fill):format(png)/a.png", "/unsafe/90x90/smart/a.png"
    )
    assert count_of(reds(picture_of(answer))) == 0
    assert len(site.asked.read_bytes()) == 2


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_clear_is_not_brought_to_light(site, tmp_path, mode):
    """Detectors see no face under clear pixels; a JPEG, which has no alpha, would show it."""
    picture = Image.new("RGBA", SIZE, (0, 0, 128, 255))
    ImageDraw.Draw(picture).rectangle((100, 100, 200, 200), fill=(255, 255, 255, 0))
    if mode == "P":
        picture = picture.convert("RGB").quantize(8)
        picture.save(tmp_path / "clear.png", transparency=picture.getpixel((150, 150)))
    else:
        picture.convert(mode).save(tmp_path / "clear.png")
    path = "/unsafe/filters:redact():format(jpeg)/clear.png"
    (answer,) = ask(site("return []", finds=("face",)), path)
    image = picture_of(answer)
    assert image.getpixel((150, 150))[0] < 160
    assert image.getpixel((20, 20)) != image.getpixel((150, 150))


@pytest.mark.parametrize("found", [True, False])
def test_colour_keys_do_no_harm(site, tmp_path, found):
    Image.new("RGB", SIZE, "navy").save(tmp_path / "key.png", transparency=(0, 0, 128))
    body = FINDS_FACES if found else "return []"
    (answer,) = ask(site(body, finds=("face",)), "/unsafe/filters:redact()/key.png")
    assert answer.status == 200


def test_a_source_that_changes_is_looked_at_anew(site, tmp_path):
    """What was found in the bytes that had the name before says nothing."""
    keys = {"STORAGE": "mixed", "MIXED_STORAGE_DETECTOR_STORAGE": "file"}
    loaded = site(FINDS_RED, finds=("face",), **keys)
    path = "/unsafe/200x0/filters:redact(fill):format(png)/changing.png"
    picture = Image.open(tmp_path / "a.png")
    for angle in (0, 180, 180):
        picture.rotate(angle).save(tmp_path / "changing.png")
        (answer,) = ask(loaded, path)
        assert count_of(reds(picture_of(answer))) == 0
    assert len(site.asked.read_bytes()) == 2


def test_all_detectors_of_faces_are_asked(site):
    """`smart` asks until one finds something; a face that only the second knows must not stay."""
    first = FINDS.format(boxes=FACES[:1], origin="Face Detection")
    second = FINDS.format(boxes=FACES[1:], origin="Face Detection")
    loaded = site(first, second, finds=("face",))
    path = "/unsafe/filters:redact(fill):format(png)/a.png"
    _, answer = ask(loaded, "/unsafe/100x100/smart/a.png", path)
    assert count_of(reds(picture_of(answer))) == 0


def test_other_kinds_are_redacted_by_their_names(site):
    loaded = site(FINDS.format(boxes=FACES, origin="Licence Plate"), finds=("licence plate",))
    call = "redact(fill,50,licence%20plate)"
    (answer,) = ask(loaded, f"/unsafe/filters:{call}:format(png)/a.png")
    assert count_of(reds(picture_of(answer))) == 0


@pytest.mark.parametrize("smart", ["", "smart/"])
def test_detections_are_drawn(site, smart):
    loaded = site(FINDS_FACES)
    answer, plain = ask(
        loaded,
        f"/unsafe/200x150/{smart}filters:draw_detections():format(png)/a.png",
        f"/unsafe/200x150/{smart}filters:format(png)/a.png",
    )
    done, plain = picture_of(answer), picture_of(plain)
    changed = ImageChops.difference(done, plain)
    left, top, right, bottom = changed.getbbox()
    assert (left, bottom) == (20, 100) and right >= 165 and top < 30


def test_saliency_is_drawn_and_animations_too(site):
    paths = "a.png", "moving.webp"
    answers = ask(site(), *(f"/unsafe/200x150/filters:draw_detections()/{each}" for each in paths))
    assert [each.status for each in answers] == [200, 200]


def test_drawing_without_any_detector_draws_nothing(site):
    path = "/unsafe/200x150/filters:draw_detections()/a.png"
    (answer,) = ask(site(SMART_SALIENCY=False), path)
    assert answer.status == 200
