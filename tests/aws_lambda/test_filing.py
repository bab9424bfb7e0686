"""What a function has filed for CloudFront, removed by the command line."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256

import pytest
from lambda_context import Context
from lambda_forms import event_of
from s3_server import FakeS3

from thumborlike.aws_lambda.bucket import buckets_of
from thumborlike.aws_lambda.handler import Function
from thumborlike.cli.main import main
from thumborlike.service import build
from thumborlike.settings.reader import load

KEYS = {"LOADER": "file", "LAMBDA_RESULTS_BUCKET": "results", "LAMBDA_PURGE_INDEX": True,
        "ALLOW_UNSAFE_URL": True, "S3_REGION": "us-east-1", "STORAGE": "no"}  # fmt: skip


@pytest.fixture
def s3(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with FakeS3() as fake:
        yield fake


@pytest.fixture
def conf(tmp_path, s3, pictures):
    values = {**KEYS, "S3_ENDPOINT": s3.url, "FILE_LOADER_ROOT_PATH": str(pictures)}
    path = tmp_path / "thumbor.conf"
    path.write_text("".join(f"{name} = {value!r}\n" for name, value in values.items()))
    return path


@pytest.fixture
def made(conf):
    """A function of this configuration, and the buckets that it writes to."""
    loaded, loop = load(conf), asyncio.new_event_loop()
    service, buckets = build(loaded), buckets_of(loaded)
    yield Function(service, loop, buckets=buckets)
    loop.run_until_complete(service.drain(5))
    loop.run_until_complete(buckets.results.close())
    loop.close()


def results(s3):
    return {name for name in s3.objects if name.startswith("results/r/")}


def test_the_command_line_purges_what_the_function_has_filed(s3, made, conf, capsys):
    for side in (10, 20, 30):
        path = f"/unsafe/{side}x20/photo.jpg"
        event = event_of(
            "url", f"/r/w/{sha256(path[1:].encode()).hexdigest()}",
            headers={"x-original-path": path},
        )  # fmt: skip
        assert made(event, Context())["statusCode"] == 200
    assert len(results(s3)) == 3
    assert main(["purge", "-c", str(conf), "--json", "other.jpg", "photo.jpg"]) == 0
    other, told = map(json.loads, capsys.readouterr().out.splitlines())
    assert (other["removed"], told["removed"]) == (0, 3)
    assert not results(s3)
    (note, *_) = (name for name in s3.objects if name.startswith("results/i/"))
    assert note.split("/")[2] == told["tag"], "CloudFront's tag is that of the notes"


def test_a_bucket_that_refuses_is_told(s3, conf, capsys):
    s3.always = (403, "AccessDenied")
    assert main(["purge", "-c", str(conf), "photo.jpg"]) == 1
    assert "S3 does not forget results" in capsys.readouterr().err


def test_without_notes_it_is_said(conf, capsys):
    conf.write_text(conf.read_text().replace("LAMBDA_PURGE_INDEX = True", ""))
    assert main(["purge", "-c", str(conf), "photo.jpg"]) == 1
    assert "LAMBDA_PURGE_INDEX is off" in capsys.readouterr().err
