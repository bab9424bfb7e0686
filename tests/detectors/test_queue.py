"""Jobs that remotecv takes, in a real Redis."""

import asyncio
import json

import pytest
from PIL import Image
from redis_server import RedisServer, free_port, needs_redis

from thumborlike.detectors import queued_complete, queued_face
from thumborlike.detectors.settings import RedisQueueSettings
from thumborlike.errors import DetectionFailed, DetectionQueued
from thumborlike.http.message import Request
from thumborlike.scenes import Scene
from thumborlike.service import build
from thumborlike.settings.reader import load

redis = pytest.importorskip("redis")
SCENE = Scene("http%3A//a.example/a.jpg", b"", 1, 1)


class Env:
    def __init__(self, port):
        self._port = port

    def section(self, kind):
        return RedisQueueSettings(redis_queue_server_host="127.0.0.1",
                                  redis_queue_server_port=self._port)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def client(server):
    with redis.Redis(port=server.port) as made:
        made.flushall()
        yield made


def told(module, port, times=1):
    async def run():
        detector = module.create(Env(port))
        try:
            for _ in range(times):
                await detector.detect_elsewhere(SCENE)
        finally:
            await detector.close()

    asyncio.run(run())


@needs_redis
@pytest.mark.parametrize(("module", "looks_for"), [(queued_complete, "all"), (queued_face, "face")])
def test_a_job_lies_as_remotecv_takes_it(server, client, module, looks_for):
    with pytest.raises(DetectionQueued):
        told(module, server.port)
    (job,) = client.lrange("resque:queue:Detect", 0, -1)
    assert json.loads(job) == {
        "class": "remotecv.pyres_tasks.DetectTask",
        "queue": "Detect",
        "args": [looks_for, SCENE.name, SCENE.name],
        "key": SCENE.name,
    }
    assert client.smembers("resque:queues") == {b"Detect"}
    assert client.get(f"resque:unique:queue:Detect:{SCENE.name}") == b"1"


@needs_redis
def test_a_picture_that_waits_is_queued_once(server, client):
    for _ in range(2):
        with pytest.raises(DetectionQueued):
            told(queued_complete, server.port)
    assert client.llen("resque:queue:Detect") == 1


def test_a_redis_that_is_not_there_fails_the_detection():
    with pytest.raises(DetectionFailed):
        told(queued_complete, free_port())


@needs_redis
def test_the_picture_is_temporary_until_remotecv_has_stored_points(server, client, tmp_path):
    Image.new("RGB", (400, 100), "teal").save(tmp_path / "wide.png")
    loaded = load(
        overrides={
            "SECURITY_KEY": "long enough a key",
            "ALLOW_UNSAFE_URL": True,
            "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(tmp_path),
            "STORAGE": "redis",
            "REDIS_STORAGE_SERVER_PORT": server.port,
            "REDIS_STORAGE_SERVER_HOST": "127.0.0.1",
            "REDIS_QUEUE_SERVER_HOST": "127.0.0.1",
            "REDIS_QUEUE_SERVER_PORT": server.port,
            "DETECTORS": ["thumbor.detectors.queued_detector.queued_complete_detector"],
            "MAX_AGE_TEMP_IMAGE": 5,
            "WORKERS": 1,
        }
    )
    points = [{"x": 350, "y": 50, "height": 40, "width": 40, "z": 1600.0, "origin": "detection"}]

    async def run():
        service = build(loaded)
        path = "/unsafe/meta/100x100/smart/wide.png"
        try:
            first = await service.handle(Request("GET", path))
            await service.landed()
            client.set("thumbor-detector-wide.png", json.dumps(points))
            second = await service.handle(Request("GET", path))
            return first, second
        finally:
            await service.drain(5)

    first, second = asyncio.run(run())
    assert client.llen("resque:queue:Detect") == 1
    assert "max-age=5," in dict(first.headers)["Cache-Control"]
    crops = [
        next(each for each in json.loads(answer.body)["thumbor"]["operations"]
             if each["type"] == "crop")["left"] for answer in (first, second)
    ]  # fmt: skip
    assert crops == [150, 300]
    assert "max-age=86400," in dict(second.headers)["Cache-Control"]
