"""Faces and contents, by a Rekognition of the test's own that speaks the real one's language."""

from __future__ import annotations

import base64
import http.server
import io
import json
import threading

import pytest
from lambda_context import Context
from lambda_forms import event_of, response_of
from PIL import Image
from signed_links import KEY

from thumborlike.aws_lambda.bucket import Buckets
from thumborlike.aws_lambda.handler import Function
from thumborlike.service import build
from thumborlike.settings.reader import load

FACES = [
    {"BoundingBox": {"Left": 0.25, "Top": 0.5, "Width": 0.25, "Height": 0.25}, "Confidence": 99},
    {"BoundingBox": {"Left": -0.1, "Top": 0.9, "Width": 0.3, "Height": 0.3}, "Confidence": 90},
]


class Rekognition(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        action = self.headers["X-Amz-Target"].partition(".")[2]
        self.server.asked.append((action, asked))
        status, answer = self.server.answers[action]
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def rekognition(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rekognition) as server:
        server.daemon_threads = True
        server.asked = []
        server.answers = {
            "DetectFaces": (200, {"FaceDetails": FACES}),
            "DetectModerationLabels": (200, {"ModerationLabels": []}),
        }
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    (folder / "one").mkdir()
    image = Image.radial_gradient("L").resize((2000, 1000)).convert("RGB")
    image.save(folder / "one" / "wide.jpg")
    turned = Image.Exif()
    turned[0x112] = 6
    image.save(folder / "one" / "turned.jpg", exif=turned)
    return folder


class Kept:
    """A bucket in memory."""

    def __init__(self):
        self.objects = {}

    async def get(self, key):
        from thumborlike.s3.failures import Missing, trouble

        if key not in self.objects:
            raise trouble(Missing)
        return self.objects[key]

    async def put(self, key, response):
        self.objects[key] = response.body


@pytest.fixture
def made(originals):
    import asyncio

    open_ones = []

    def make(bucket=None, **keys):
        loop = asyncio.new_event_loop()
        keys = {
            "SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "STORAGE": "no", "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(originals), "LAMBDA_LINKS": "sih",
            "LAMBDA_LINK_BUCKETS": ["one"], "REKOGNITION_REGION": "eu-west-1",
            "LAMBDA_JSON_ERRORS": True, "RESPECT_ORIENTATION": True, **keys,
        }  # fmt: skip
        service = build(load("/dev/null", overrides=keys))
        open_ones.append((loop, service))
        return Function(service, loop, buckets=Buckets(bucket))

    yield make
    for loop, service in open_ones:
        loop.run_until_complete(service.drain(30))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def ask(function, edits, key="wide.jpg"):
    raw = json.dumps({"bucket": "one", "key": key, "edits": edits}).encode()
    event = event_of("url", "/" + base64.b64encode(raw).decode())
    return response_of("url", function(event, Context()))


def size_of(found):
    status, _, body = found
    assert status == 200, body
    return Image.open(io.BytesIO(body)).size


def test_a_picture_is_cut_to_a_face(made, rekognition):
    function = made()
    assert size_of(ask(function, {"smartCrop": True})) == (500, 250)
    ((action, asked),) = rekognition.asked
    assert (action, asked["Attributes"]) == ("DetectFaces", ["DEFAULT"])
    sent = Image.open(io.BytesIO(base64.b64decode(asked["Image"]["Bytes"])))
    assert (sent.format, sent.size) == ("JPEG", (1600, 800)), "scaled down before it is sent"


@pytest.mark.parametrize(
    "asked, size",
    [
        ({"faceIndex": 0, "padding": 10}, (520, 270)),
        ({"faceIndex": 1}, (400, 100)),
        ({"padding": 900}, (1900, 1000)),
    ],
)
def test_boxes_stay_within_the_picture(asked, size, made, rekognition):
    assert size_of(ask(made(), {"smartCrop": asked})) == size


def test_faces_are_of_the_upright_picture(made, rekognition):
    assert size_of(ask(made(), {"smartCrop": True}, "turned.jpg")) == (250, 500)


def test_a_face_is_resized_to_what_is_asked(made, rekognition):
    edits = {"smartCrop": True, "resize": {"width": 60, "height": 60}}
    assert size_of(ask(made(), edits)) == (60, 60)


def test_without_a_face_the_picture_stays_whole(made, rekognition):
    rekognition.answers["DetectFaces"] = (200, {"FaceDetails": []})
    assert size_of(ask(made(), {"smartCrop": True})) == (2000, 1000)


@pytest.mark.parametrize(
    "asked, code",
    [
        ({"faceIndex": 2}, "SmartCrop::FaceIndexOutOfRange"),
        ({"padding": 5000}, "SmartCrop::PaddingOutOfBounds"),
    ],
)
def test_what_is_out_of_range_is_said(asked, code, made, rekognition):
    status, _, body = ask(made(), {"smartCrop": asked})
    assert (status, json.loads(body)["code"]) == (400, code)


def test_what_was_seen_is_kept(made, rekognition):
    bucket = Kept()
    for function in (made(bucket), made(bucket)):
        for width in (50, 60):
            ask(function, {"smartCrop": True, "resize": {"width": width}})
    assert len(rekognition.asked) == 1
    assert len(bucket.objects) == 1


def test_throttled_faces_cost_the_crop_and_not_the_answer(made, rekognition):
    rekognition.answers["DetectFaces"] = (400, {"__type": "ThrottlingException"})
    found = ask(made(), {"smartCrop": True, "resize": {"width": 50, "height": 50}})
    assert size_of(found) == (50, 50)
    assert found[1]["cache-control"] == "max-age=60,public"


def test_contents_are_blurred(made, rekognition):
    function, plain = made(), made()
    untouched = ask(plain, {"contentModeration": True})
    labels = [{"Name": "Violence", "ParentName": "", "Confidence": 90}]
    rekognition.answers["DetectModerationLabels"] = (200, {"ModerationLabels": labels})
    blurred = ask(function, {"contentModeration": {"minConfidence": 60, "blur": 5}})
    assert blurred[0] == untouched[0] == 200
    assert blurred[2] != untouched[2]
    assert rekognition.asked[-1][1]["MinConfidence"] == 60
    others = {"contentModeration": {"moderationLabels": ["Weapons"]}}
    assert ask(made(), others)[2] == untouched[2]


def test_what_cannot_be_looked_at_is_not_shown(made, rekognition):
    rekognition.answers["DetectModerationLabels"] = (500, {"__type": "InternalServerError"})
    status, _, body = ask(made(), {"contentModeration": True})
    assert (status, json.loads(body)["status"]) == (503, 503)
    status, _, body = ask(made(REKOGNITION_REGION=None), {"contentModeration": True})
    assert (status, json.loads(body)["code"]) == (400, "BadEdit")


def test_a_missing_source_is_a_404(made, rekognition):
    assert ask(made(), {"smartCrop": True}, "none.jpg")[0] == 404
    assert not rekognition.asked
