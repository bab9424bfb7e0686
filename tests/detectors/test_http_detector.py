"""A detector behind HTTP: a real server on loopback, honest, slow, endless and mad."""

import asyncio
import io
import json
import socket
import threading
from functools import partial

import pytest
from detecting_site import ask, make_site
from PIL import Image, ImageDraw
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from thumborlike.detectors import http
from thumborlike.detectors.settings import HttpDetectorSettings
from thumborlike.errors import ConfigurationError, DetectionFailed
from thumborlike.scenes import Scene

LOOPBACK = ("127.0.0.0/8", "::1/128")
PATIENT = {"allowed_networks": LOOPBACK, "timeout": 20}
BOX = {"left": 260, "top": 20, "right": 300, "bottom": 60}
FACE = {"kind": "face", "confidence": 0.75, "box": BOX}
JPEG = io.BytesIO()
Image.new("RGB", (400, 300), "navy").save(JPEG, "JPEG")
SCENE = Scene("a.jpg", JPEG.getvalue(), 400, 300)


class Handler(RequestHandler):
    """Keeps what it is sent, and does what its server is told."""

    async def post(self):
        self.application.seen.append((dict(self.request.headers), self.request.body))
        await self.application.does(self)


class Service:
    """A server in a thread of its own. `does`: what it does with a request."""

    def __init__(self):
        self.app = Application([("/.*", Handler)])
        self.app.seen = []
        self.answers({"detect": [FACE]})
        self._listening, port = bind_unused_port()
        self.url = f"http://127.0.0.1:{port}/faces"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._ready.wait(30)

    def answers(self, document, status=200):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()

        async def does(handler):
            handler.set_status(status)
            handler.finish(body or None)

        self.app.does = does

    async def _run(self):
        server = HTTPServer(self.app)
        server.add_socket(self._listening)
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._end.wait()
        server.stop()
        await server.close_all_connections()

    def stop(self):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()


@pytest.fixture
def service():
    running = Service()
    yield running
    running.stop()


class Env:
    def __init__(self, **keys):
        self._keys = {f"detector_http_{name}": value for name, value in keys.items()}

    def section(self, kind):
        return kind(**self._keys)


def detect(url, scene=SCENE, **keys):
    async def asked():
        remote = http.create(Env(url=url, **{**PATIENT, **keys}))
        try:
            return await remote.detect_elsewhere(scene)
        finally:
            await remote.close()

    return asyncio.run(asked())


def test_it_gets_the_picture_and_answers_with_boxes(service):
    (point,) = detect(service.url, authorization="Bearer abc")
    assert (point.x, point.y, point.width, point.height) == (280, 40, 40, 40)
    assert (point.weight, point.confidence, point.origin) == (1600, 0.75, "Face Detection")
    ((headers, body),) = service.app.seen
    assert body == SCENE.jpeg
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Authorization"] == "Bearer abc"


def test_what_may_be_left_out_and_other_kinds(service):
    service.answers({"detect": [{"box": BOX, "more": 1}, {"kind": "Dog", "box": BOX}], "v": 2})
    assert [each.origin for each in detect(service.url)] == ["Face Detection", "Dog"]


def test_nothing_found_is_an_answer(service):
    service.answers({"detect": []})
    assert detect(service.url) == []


def region(**changes):
    return {"detect": [{**FACE, **changes}]}


NONSENSE = {
    "nothing": b"",
    "no json": b"<html>",
    "half": b'{"detect": [',
    "bytes": b"\xff\xfe\x00",
    "a list": [FACE],
    "null": b"null",
    "no detect": {"faces": []},
    "no list": {"detect": FACE},
    "too many": {"detect": [FACE] * 1001},
    "no box": {"detect": [{"kind": "face"}]},
    "text for a number": region(box={**BOX, "left": "1"}),
    "truth for a number": region(box={**BOX, "left": True}),
    "infinite": b'{"detect": [{"box": {"left": 0, "top": 0, "right": 1e999, "bottom": 1}}]}',
    "no number": b'{"detect": [{"box": {"left": NaN, "top": 0, "right": 1, "bottom": 1}}]}',
    "huge number": b'{"detect": [{"box": {"left": -1' + b"0" * 400 + b"}}]}",
    "inverted": region(box={**BOX, "right": 1}),
    "empty": region(box={**BOX, "right": BOX["left"]}),
    "too sure": region(confidence=1.5),
    "not sure": region(confidence=None),
    "no kind": region(kind=5),
    "an empty kind": region(kind=""),
    "a line break": region(kind="a\r\nb"),
    "a long kind": region(kind="k" * 61),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_fails(service, answer):
    service.answers(answer)
    with pytest.raises(DetectionFailed):
        detect(service.url)


@pytest.mark.parametrize("status", [204, 302, 400, 404, 500, 503])
def test_other_statuses_fail(service, status):
    service.answers(b"", status)
    with pytest.raises(DetectionFailed, match=str(status)):
        detect(service.url)


def test_redirects_are_not_followed(service):
    async def does(handler):
        handler.redirect("/elsewhere")

    service.app.does = does
    with pytest.raises(DetectionFailed, match="302"):
        detect(service.url)
    assert len(service.app.seen) == 1


def test_a_slow_service_fails_in_time(service):
    async def does(handler):
        await asyncio.sleep(1.5)

    service.app.does = does
    with pytest.raises(DetectionFailed):
        detect(service.url, timeout=0.2)


@pytest.mark.parametrize("told", [True, False])
def test_an_endless_answer_is_not_read(service, told):
    async def does(handler):
        body = json.dumps({"detect": [FACE] * 900}).encode()
        handler.write(body)
        if not told:
            await handler.flush()

    service.app.does = does
    with pytest.raises(DetectionFailed):
        detect(service.url, max_answer=4096)
    assert len(detect(service.url)) == 900


def test_a_service_that_is_not_there_fails():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DetectionFailed):
        detect(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "url",
    [None, "", "faces", "ftp://example.com/", "http://", "http://a b/", "http://user@example.com/",
     "http://example.com:99999/", "http://example.com/\n", "http://exämple.com/"],
)  # fmt: skip
def test_an_address_that_is_none_stops_the_start(url):
    with pytest.raises(ConfigurationError, match="DETECTOR_HTTP_URL"):
        http.create(Env(url=url))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "LOCALHOST.", "[::1]",
     "10.0.0.1", "169.254.169.254", "[fd00::1]"],
)  # fmt: skip
def test_what_is_not_public_is_asked_by_configuration_alone(host):
    with pytest.raises(ConfigurationError, match="DETECTOR_HTTP_ALLOWED_NETWORKS"):
        http.create(Env(url=f"http://{host}:8000/"))
    networks = (*LOOPBACK, "10.0.0.0/8", "169.254.0.0/16", "::/96", "0.0.0.0/8", "fd00::/8")
    assert http.create(Env(url=f"http://{host}:8000/", allowed_networks=networks))


def test_a_name_that_leads_inside_is_not_asked(service, monkeypatch):
    """The name looks public; what it stands for is judged before anything is connected to."""
    looked_up = []

    def lookup(host, port, *rest, **more):
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    url = service.url.replace("127.0.0.1", "detector.example")
    with pytest.raises(DetectionFailed):
        detect(url, allowed_networks=())
    assert looked_up == ["detector.example"] and not service.app.seen
    assert detect(url)


def test_settings_say_what_it_finds():
    made = partial(http.Remote, url="", networks=None)
    assert made(HttpDetectorSettings()).finds == ("face",)
    assert made(HttpDetectorSettings(detector_http_finds=("Dog", "face"))).finds == ("dog", "face")


@pytest.fixture
def site(tmp_path, monkeypatch, service):
    """`site(**keys)`: a configuration that asks the service."""
    picture = Image.new("RGB", (1200, 300), "navy")
    ImageDraw.Draw(picture).rectangle((600, 40, 700, 140), fill="red")
    picture.save(tmp_path / "wide.png")
    make = make_site(tmp_path, monkeypatch)
    return partial(
        make,
        DETECTORS=("http",),
        DETECTOR_HTTP_URL=service.url,
        DETECTOR_HTTP_ALLOWED_NETWORKS=LOOPBACK,
        DETECTOR_HTTP_TIMEOUT=20,
        DETECTOR_TIMEOUT_SECONDS=20,
    )


def test_its_answers_are_kept_and_steer_crops(site, service):
    meta, *others = ask(
        site(),
        "/unsafe/meta/100x100/smart/wide.png",
        "/unsafe/90x100/smart/wide.png",
        "/unsafe/300x0/filters:redact(fill)/wide.png",
    )
    ask(site(), "/unsafe/80x100/smart/wide.png")
    assert [each.status for each in others] == [200, 200]
    assert len(service.app.seen) == 1
    crop = next(
        each for each in json.loads(meta.body)["thumbor"]["operations"] if each["type"] == "crop"
    )
    scale = 1200 / 512
    assert crop["left"] <= 260 * scale and crop["right"] >= 300 * scale


@pytest.mark.parametrize("path", ["100x100/smart", "filters:redact()"])
def test_nonsense_gives_an_error_and_no_picture(site, service, path):
    service.answers(region(box={**BOX, "left": "x"}))
    (answer,) = ask(site(), f"/unsafe/{path}/wide.png")
    assert answer.status == 500
    service.answers({"detect": [FACE]})
    (answer,) = ask(site(), f"/unsafe/{path}/wide.png")
    assert answer.status == 200


def test_what_it_finds_is_redacted(site, service):
    scale = 512 / 1200
    box = {"left": 600 * scale, "top": 40 * scale, "right": 701 * scale, "bottom": 141 * scale}
    service.answers({"detect": [{"box": box}]})
    (answer,) = ask(site(), "/unsafe/filters:redact(fill):format(png)/wide.png")
    image = Image.open(io.BytesIO(answer.body)).convert("RGB")
    assert image.getpixel((650, 90)) == (0, 0, 0) and image.getpixel((500, 90)) == (0, 0, 128)
