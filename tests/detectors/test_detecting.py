"""Detection on its way from the URL to the crop: asked once, kept, and harmless when it fails."""

import asyncio
import io
import json
import sys

import pytest
from detecting_site import ask, make_site
from PIL import Image, ImageDraw

from thumborlike.http.message import Request
from thumborlike.interfaces import FocalPoint
from thumborlike.job import Sighting
from thumborlike.service import build
from thumborlike.sightings import read, written

ISOLATIONS = [
    "thread",
    pytest.param(
        "process", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux alone")
    ),
]

FINDS = "return [FocalPoint(image.width - 20, 20, 400, 20, 20, 'Face Detection', 0.9)]"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """`site(body, **keys)`: a configuration whose detector does that."""
    picture = Image.new("RGB", (400, 100), "navy")
    ImageDraw.Draw(picture).ellipse((20, 20, 80, 80), fill="orange")
    picture.save(tmp_path / "wide.png")
    return make_site(tmp_path, monkeypatch)


def crop_of(answer):
    document = json.loads(answer.body)["thumbor"]
    crop = next(each for each in document["operations"] if each["type"] == "crop")
    return crop["left"], crop["right"], document["focal_points"]


def stored_points(tmp_path):
    return [json.loads(path.read_bytes()) for path in tmp_path.rglob("*.detectors.txt")]


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_the_crop_goes_where_the_detector_points(site, tmp_path, isolation):
    loaded = site(FINDS, WORKER_ISOLATION=isolation)
    (answer,) = ask(loaded, "/unsafe/meta/100x100/smart/wide.png")
    left, right, points = crop_of(answer)
    assert (left, right) == (300, 400)
    assert points[0]["origin"] == "Face Detection"
    ((stored,),) = stored_points(tmp_path)
    assert {"x", "y", "z", "height", "width", "origin"} <= stored.keys()


def test_meta_tells_boxes_and_how_sure_they_are(site):
    (answer,) = ask(site(FINDS), "/unsafe/meta/100x100/smart/wide.png")
    assert json.loads(answer.body)["thumbor"]["detect"] == [
        {
            "kind": "Face Detection",
            "confidence": 0.9,
            "box": {"left": 370.0, "top": 10.0, "right": 390.0, "bottom": 30.0},
        }
    ]


def test_meta_tells_none_without_smart(site):
    (answer,) = ask(site(FINDS), "/unsafe/meta/100x100/wide.png")
    assert "detect" not in json.loads(answer.body)["thumbor"]


@pytest.mark.parametrize("storage", ["file", "no"])
def test_a_second_size_is_not_looked_at_again(site, storage):
    loaded = site(FINDS, STORAGE=storage)
    answers = ask(loaded, *(f"/unsafe/{side}x90/smart/wide.png" for side in (50, 60, 70)))
    assert [each.status for each in answers] == [200] * 3
    assert site.asked.read_bytes() == b"."


@pytest.mark.parametrize("storage", ["file", "no"])
def test_that_there_is_nothing_is_remembered(site, storage):
    loaded = site("return []", STORAGE=storage, SMART_SALIENCY=False)
    answers = ask(loaded, *(f"/unsafe/{side}x90/smart/wide.png" for side in (50, 60, 70)))
    assert [each.status for each in answers] == [200] * 3
    assert site.asked.read_bytes() == b"."


@pytest.mark.parametrize("saliency", [True, False])
def test_that_there_is_nothing_is_stored(site, tmp_path, saliency):
    loaded = site("return []", SMART_SALIENCY=saliency)
    ask(loaded, "/unsafe/50x90/smart/wide.png")
    assert len(stored_points(tmp_path)) == 1
    (answer,) = ask(loaded, "/unsafe/meta/60x90/smart/wide.png")
    assert site.asked.read_bytes() == b"."
    assert ("detect" in json.loads(answer.body)["thumbor"]) is saliency


def test_another_server_reads_what_is_stored(site):
    loaded = site(FINDS)
    ask(loaded, "/unsafe/50x90/smart/wide.png")
    ask(loaded, "/unsafe/60x90/smart/wide.png")
    assert site.asked.read_bytes() == b"."


def test_nothing_is_looked_at_without_smart(site):
    ask(site(FINDS), "/unsafe/50x90/wide.png")
    assert not site.asked.exists()


def test_without_detectors_what_catches_the_eye_is_kept(site):
    (answer,) = ask(site(), "/unsafe/meta/100x100/smart/wide.png")
    left, right, _ = crop_of(answer)
    assert left <= 20 and right >= 80


def test_thumbor_without_detectors_crops_the_middle(site, tmp_path):
    (answer,) = ask(site(THUMBOR_QUIRKS=True), "/unsafe/meta/100x100/smart/wide.png")
    assert crop_of(answer)[:2] == (150, 250)
    assert not stored_points(tmp_path)


def test_a_point_in_the_url_outweighs_what_only_catches_the_eye(site):
    path = "/unsafe/meta/100x100/smart/filters:focal(340x40:360x60)/wide.png"
    (answer,) = ask(site(), path)
    assert crop_of(answer)[:2] == (300, 400)


BAD = {
    "raises": "raise RuntimeError('no such model')",
    "hangs": "time.sleep(8)",
    "no list": "return 42",
    "no points": "return ['a']",
    "not finite": "return [FocalPoint(float('nan'), 1, 1, 1, 1)]",
    "outside": "return [FocalPoint(9999, 9999, 1, 1, 1)]",
    "weighs nothing": "return [FocalPoint(9, 9, 0, 1, 1)]",
}


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_a_bad_detector_costs_one_answer(site, tmp_path, body, isolation):
    """Thumbor 7.8: 500; with IGNORE_SMART_ERRORS a picture that is not kept."""
    keys = {"WORKER_ISOLATION": isolation, "DETECTOR_TIMEOUT_SECONDS": 0.3}
    paths = "/unsafe/100x100/smart/wide.png", "/unsafe/100x100/wide.png"
    answers = ask(site(body, **keys), *paths)
    assert [each.status for each in answers] == [500, 200]
    assert not stored_points(tmp_path)


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_an_ignored_failure_gives_a_picture_that_is_not_kept(site, tmp_path, body):
    loaded = site(
        body,
        IGNORE_SMART_ERRORS=True,
        DETECTOR_TIMEOUT_SECONDS=0.3,
        MAX_AGE_TEMP_IMAGE=7,
        RESULT_STORAGE="file",
        RESULT_STORAGE_STORES_UNSAFE=True,
        RESULT_STORAGE_FILE_STORAGE_ROOT_PATH=str(tmp_path / "results"),
    )
    (answer,) = ask(loaded, "/unsafe/100x100/smart/wide.png")
    assert answer.status == 200
    assert Image.open(io.BytesIO(answer.body)).size == (100, 100)
    assert "max-age=7," in dict(answer.headers)["Cache-Control"]
    assert not [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert not stored_points(tmp_path)


def test_the_event_loop_goes_on_while_a_detector_hangs(site):
    loaded = site("time.sleep(3)", DETECTOR_TIMEOUT_SECONDS=1.0)

    async def both():
        service = build(loaded)
        try:
            slow = asyncio.ensure_future(
                service.handle(Request("GET", "/unsafe/100x100/smart/wide.png"))
            )
            turns = 0
            while not slow.done():
                await asyncio.sleep(0.01)
                turns += 1
            return turns
        finally:
            await service.drain(5)

    assert asyncio.run(both()) > 10


def test_points_survive_writing_and_reading():
    points = (FocalPoint(1.5, 2, 30, 4, 5, "Face Detection", 0.75),)
    found = Sighting(points, ("face",), of="9-abc")
    assert read(written(found, "face"), "face") == found
    assert read(written(found, "face"), "other") is None


def test_that_nothing_was_found_survives_writing_and_thumbor_cuts_the_middle():
    body = written(Sighting((), ("face",), (400, 300)), "face")
    assert read(body, "face") == Sighting((), ("face",))
    ((x, y, z),) = [(row["x"], row["y"], row["z"]) for row in json.loads(body)]
    assert (x, y) == (200, 150) and z > 0


def test_points_that_thumbor_has_stored_are_read():
    body = b'[{"x": 224, "y": 101.4, "height": 103, "width": 103, "z": 10609.0, "origin": "d"}]'
    found = read(body, "face")
    (point,) = found.points
    assert found.foreign and not found.asked
    assert (point.x, point.y, point.weight, point.width) == (224, 101.4, 10609, 103)


@pytest.mark.parametrize("body", [b"", b"{}x", b"[1]", b'[{"x": "a"}]', b"null", b'{"x": 1}'])
def test_stored_rubbish_counts_as_nothing(body):
    found = read(body, "face")
    assert found is None or not found.points


def test_a_purge_forgets_points(site, tmp_path):
    loaded = site(FINDS)

    async def run():
        service = build(loaded)
        try:
            await service.handle(Request("GET", "/unsafe/50x90/smart/wide.png"))
            await service.landed()
            await service.purge("wide.png")
            await service.handle(Request("GET", "/unsafe/60x90/smart/wide.png"))
            await service.landed()
        finally:
            await service.drain(5)

    asyncio.run(run())
    assert site.asked.read_bytes() == b".."
