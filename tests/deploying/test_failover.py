"""What viewers get of both origins together: CloudFront as the stack sets it up, in a few lines."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from lambda_forms import event_of, response_of
from PIL import Image
from signed_links import KEY, signature
from stack_template import edge_code, template

from thumborlike.aws_lambda.bucket import Buckets
from thumborlike.aws_lambda.configuration import defaults_for
from thumborlike.aws_lambda.handler import Function
from thumborlike.service import build
from thumborlike.settings.reader import load

NODE = shutil.which("node")
RUNTIME = Path(__file__).parents[1] / "support" / "edge_runtime.mjs"
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


class Results:
    """The bucket of results."""

    def __init__(self):
        self.kept = {}

    async def put(self, key, response):
        self.kept[key] = response

    async def has(self, key):
        return key in self.kept


class CloudFront:
    """Asks its function, then the first origin, then the second one."""

    def __init__(self, folder, function, results):
        self.file = folder / "edge.mjs"
        self.file.write_text(edge_code(), encoding="utf-8")
        self.function, self.results, self.invoked = function, results, 0

    def get(self, path, accept):
        request = {"method": "GET", "uri": path, "querystring": {},
                   "headers": {"accept": {"value": accept}}}  # fmt: skip
        done = subprocess.run(
            [NODE, "--experimental-vm-modules", "--no-warnings", str(RUNTIME), str(self.file),
             json.dumps({"key": KEY})],
            input=json.dumps({"request": request}) + "\n", capture_output=True, text=True,
            timeout=60, check=True,
        )  # fmt: skip
        passed = json.loads(done.stdout)
        if "statusCode" in passed:
            return passed["statusCode"], None, b""
        if found := self.results.kept.get(passed["uri"][1:]):
            return 200, found.header("Content-Type"), found.body
        self.invoked += 1
        headers = {name: each["value"] for name, each in passed["headers"].items()}
        answer = self.function(event_of("url-oac", passed["uri"], headers=headers))
        status, headers, body = response_of("url-oac", answer)
        return status, headers["content-type"], body


def _preference():
    """As the function of the stack gets it."""
    variables = template()["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    text = variables["AUTO_IMAGE_FORMAT_PREFERENCE"]["Fn::If"][1]
    loaded = load("/dev/null", environ={"AUTO_IMAGE_FORMAT_PREFERENCE": text})
    return loaded.settings.formats.auto_image_format_preference


@pytest.fixture
def cloudfront(tmp_path):
    Image.radial_gradient("L").convert("RGB").save(tmp_path / "photo.jpg")
    loop, results = asyncio.new_event_loop(), Results()
    keys = {"SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": False, "AUTO_WEBP": True, "AUTO_AVIF": True,
            "AUTO_IMAGE_FORMAT_PREFERENCE": _preference(),
            "LOADER": "file", "FILE_LOADER_ROOT_PATH": str(tmp_path),
            "LAMBDA_RESULTS_BUCKET": "results", "WORKER_ISOLATION": "thread"}  # fmt: skip
    service = build(load("/dev/null", overrides=keys, defaults=defaults_for({})))
    yield CloudFront(tmp_path, Function(service, loop, None, Buckets(results, None)), results)
    loop.run_until_complete(service.drain(5))
    loop.close()


def test_a_picture_is_made_once_for_each_variant(cloudfront):
    path = f"/{signature('30x20/photo.jpg')}/30x20/photo.jpg"
    for number, (accept, kind) in enumerate(
        (("image/avif,image/webp", "avif"), ("image/webp,*/*", "webp"), ("*/*", "jpeg")), 1
    ):
        first = cloudfront.get(path, accept)
        assert first[:2] == (200, f"image/{kind}")
        assert cloudfront.get(path, accept) == first
        assert cloudfront.invoked == number
    assert len(cloudfront.results.kept) == 3


def test_what_is_missing_is_asked_for_again_and_what_is_forged_never(cloudfront):
    missing = f"/{signature('30x20/no.jpg')}/30x20/no.jpg"
    assert [cloudfront.get(missing, "*/*")[0] for _ in range(2)] == [404, 404]
    assert cloudfront.invoked == 2
    assert cloudfront.get("/unsafe/30x20/photo.jpg", "*/*")[0] == 400
    wrong = base64.urlsafe_b64encode(bytes(20)).decode()
    assert cloudfront.get(f"/{wrong}/30x20/photo.jpg", "*/*")[0] == 400
    assert cloudfront.invoked == 2
    assert not cloudfront.results.kept
