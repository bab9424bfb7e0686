"""Amazon Rekognition as a detector: botocore's own stub, and a service that speaks its language."""

import asyncio
import http.server
import json
import threading

import pytest
from detecting_site import ask, make_site
from PIL import Image

from thumborlike.detectors.rekognition import Rekognition
from thumborlike.detectors.settings import RekognitionSettings
from thumborlike.errors import DetectionFailed
from thumborlike.scenes import Scene

boto3 = pytest.importorskip("boto3", reason="needs thumborlike[s3]")
Stubber = pytest.importorskip("botocore.stub").Stubber

SCENE = Scene("a.jpg", b"jpeg", 400, 200)
BOX = {"Left": 0.25, "Top": 0.5, "Width": 0.25, "Height": 0.25}
FACES = {"FaceDetails": [{"BoundingBox": BOX, "Confidence": 90.0},
                         {"BoundingBox": BOX, "Confidence": 30.0}]}  # fmt: skip
LABELS = {
    "Labels": [
        {"Name": "Dog", "Confidence": 99.0,
         "Instances": [{"BoundingBox": BOX, "Confidence": 80.0}]},
        {"Name": "Car", "Instances": [{"BoundingBox": BOX, "Confidence": 70.0}]},
        {"Name": "Outdoors", "Confidence": 99.0, "Instances": []},
    ]
}  # fmt: skip
CONTENTS = {"ModerationLabels": [{"Name": "Alcohol", "Confidence": 60.0},
                                 {"Name": "Drinking", "Confidence": 75.0}]}  # fmt: skip


def stubbed(**keys):
    client = boto3.client(
        "rekognition", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    settings = RekognitionSettings(
        **{f"detector_rekognition_{name}": value for name, value in keys.items()}
    )
    return Rekognition(settings, client), Stubber(client)


def detect(detector, scene=SCENE):
    async def asked():
        try:
            return await detector.detect_elsewhere(scene)
        finally:
            await detector.close()

    return asyncio.run(asked())


def test_faces_are_found():
    detector, stub = stubbed()
    stub.add_response(
        "detect_faces", FACES, {"Image": {"Bytes": b"jpeg"}, "Attributes": ["DEFAULT"]}
    )
    with stub:
        (point,) = detect(detector)
    assert (point.x, point.y, point.width, point.height) == (150, 125, 100, 50)
    assert (point.origin, point.confidence, point.weight) == ("Face Detection", 0.9, 5000)
    assert detector.finds == ("face",)


@pytest.mark.parametrize("names, found", [((), ["Dog", "Car"]), (("dog",), ["Dog"])])
def test_labels_with_boxes_are_found(names, found):
    detector, stub = stubbed(looks_for=("labels",), labels=names, confidence=40)
    wanted = {"Image": {"Bytes": b"jpeg"}, "MinConfidence": 40}
    stub.add_response("detect_labels", LABELS, wanted)
    with stub:
        assert [each.origin for each in detect(detector)] == found
    assert detector.finds == names


@pytest.mark.parametrize("answer", [CONTENTS, {"ModerationLabels": []}])
def test_contents_concern_the_whole_picture(answer):
    detector, stub = stubbed(looks_for=("moderation",))
    stub.add_response("detect_moderation_labels", answer)
    with stub:
        points = detect(detector)
    assert [(each.width, each.height, each.confidence) for each in points] == (
        [(400, 200, 0.75)] if answer is CONTENTS else []
    )


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "AccessDeniedException", "InvalidImageFormatException"]
)
def test_a_refusal_fails_with_its_code_alone(code):
    detector, stub = stubbed()
    stub.add_client_error("detect_faces", code, "secret text")
    with stub, pytest.raises(DetectionFailed) as failed:
        detect(detector)
    assert code in str(failed.value) and "secret" not in str(failed.value)


def test_a_picture_that_is_too_large_is_not_sent():
    detector, stub = stubbed()
    with stub, pytest.raises(DetectionFailed, match="too large"):
        detect(detector, Scene("a.jpg", bytes((5 << 20) + 1), 1, 1))


class Service(http.server.BaseHTTPRequestHandler):
    """Answers what its server has for each action."""

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers["X-Amz-Target"].partition(".")[2]
        self.server.asked.append((action, len(body)))
        self.server.gate.wait(10)
        status, answer = self.server.answers[action]
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def service(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        server.daemon_threads, server.asked = True, []
        server.gate = threading.Event()
        server.gate.set()
        server.answers = {
            "DetectFaces": (200, FACES),
            "DetectModerationLabels": (200, CONTENTS),
        }
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield server
        server.gate.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def site(tmp_path, monkeypatch):
    Image.effect_noise((1200, 600), 90).convert("RGB").save(tmp_path / "a.jpg")
    make = make_site(tmp_path, monkeypatch)

    def configured(**keys):
        own = {
            "DETECTORS": ("rekognition",),
            "DETECTOR_REKOGNITION_REGION": "eu-west-1",
            "DETECTOR_TIMEOUT_SECONDS": 20,  # boto3 takes its time to load
        }
        return make(**{**own, **keys})

    return configured


def test_it_is_asked_once_for_all_sizes_and_servers(site, service):
    paths = "/unsafe/meta/100x100/smart/a.jpg", "/unsafe/90x100/smart/a.jpg"
    meta, _ = ask(site(), *paths)
    ask(site(), "/unsafe/80x100/smart/a.jpg", "/unsafe/300x0/filters:redact()/a.jpg")
    assert [action for action, _ in service.asked] == ["DetectFaces"]
    assert service.asked[0][1] < 400_000
    (seen,) = json.loads(meta.body)["thumbor"]["detect"]
    assert (seen["kind"], seen["confidence"]) == ("Face Detection", 0.9)
    assert seen["box"] == {"left": 300.0, "top": 300.0, "right": 600.0, "bottom": 450.0}


def test_that_it_found_nothing_is_kept(site, service):
    service.answers["DetectFaces"] = 200, {"FaceDetails": []}
    for side in (70, 80, 90):
        ask(site(SMART_SALIENCY=False), f"/unsafe/{side}x100/smart/a.jpg")
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [(400, {"__type": "AccessDeniedException"}), (200, b"{"), (200, {"FaceDetails": 5})],
    ids=["refused", "half", "nonsense"],
)
def test_a_failure_is_an_error_and_is_not_kept(site, service, answer):
    service.answers["DetectFaces"] = answer
    paths = "/unsafe/100x100/smart/a.jpg", "/unsafe/filters:redact()/a.jpg"
    assert [each.status for each in ask(site(), *paths)] == [500, 500]
    service.answers["DetectFaces"] = 200, FACES
    assert [each.status for each in ask(site(), *paths)] == [200, 200]


def test_a_hanging_service_costs_the_detectors_time_alone(site, service):
    service.gate.clear()
    ignored, redacted = ask(
        site(DETECTOR_TIMEOUT_SECONDS=0.4, IGNORE_SMART_ERRORS=True),
        "/unsafe/100x100/smart/a.jpg",
        "/unsafe/filters:redact()/a.jpg",
    )
    assert (ignored.status, redacted.status) == (200, 500)


def test_contents_can_be_hidden_and_do_not_steer_the_crop(site, service):
    loaded = site(DETECTOR_REKOGNITION_LOOKS_FOR=("moderation",))
    meta, hidden = ask(
        loaded,
        "/unsafe/meta/100x100/smart/a.jpg",
        "/unsafe/100x100/filters:redact(fill,50,moderation):format(png)/a.jpg",
    )
    origins = {each["origin"] for each in json.loads(meta.body)["thumbor"]["focal_points"]}
    assert origins == {"Saliency"}
    assert hidden.status == 200 and len(hidden.body) < 1000
