"""The function in the real runtime, with originals in a real S3 that checks signatures."""

from __future__ import annotations

import io
import json
import socket

import pytest

pytest.importorskip("boto3")

from lambda_forms import DECODING, FORMS, event_of, response_of
from lambda_parity import Server, compared, survives_decoding
from lambda_runtime import Runtime, needs_runtime
from PIL import Image
from s3_server import ACCESS, SECRET, FakeS3, Versity, needs_versitygw
from signed_links import KEY, links

pytestmark = needs_runtime

CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}
COMMON = {"SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": "true", "AUTO_WEBP": "true",
          "S3_REGION": "us-east-1", **CREDENTIALS}  # fmt: skip
LINKS = tuple(links())


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def s3(tmp_path_factory, pictures):
    import boto3

    with Versity(tmp_path_factory.mktemp("versity"), free_port()) as running:
        client = boto3.client(
            "s3", endpoint_url=running.url, region_name="us-east-1",
            aws_access_key_id=ACCESS, aws_secret_access_key=SECRET,
        )  # fmt: skip
        for path in pictures.rglob("*"):
            if path.is_file():
                client.put_object(
                    Bucket="bucket", Key=path.relative_to(pictures).as_posix(),
                    Body=path.read_bytes(),
                )  # fmt: skip
        made = io.BytesIO()
        Image.effect_noise((2600, 2200), 90).convert("RGB").save(made, "JPEG", quality=97)
        client.put_object(Bucket="bucket", Key="large.jpg", Body=made.getvalue())
        running.client = client
        yield running
        client.close()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory, s3):
    keys = {**COMMON, "S3_LOADER_BUCKET": "bucket", "S3_ENDPOINT": s3.url,
            "ACCESS_CONTROL_ALLOW_ORIGIN_HEADER": "*"}  # fmt: skip
    with Runtime(tmp_path_factory.mktemp("task"), **keys) as running:
        yield running


@pytest.fixture(scope="module")
def expected(s3):
    """What the server says to all links, with the same bucket behind it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        keys = {
            "SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "AUTO_WEBP": True, "STORAGE": "no",
            "LOADER": "s3", "S3_LOADER_BUCKET": "bucket", "S3_ENDPOINT": s3.url,
            "S3_REGION": "us-east-1", "ACCESS_CONTROL_ALLOW_ORIGIN_HEADER": "*",
        }  # fmt: skip
        with Server(**keys) as running:
            return {link: running.get(link, headers={"Accept": "image/webp"}) for link in LINKS}


@pytest.mark.long
@needs_versitygw
@pytest.mark.parametrize("form", FORMS)
def test_all_front_ends_get_what_the_server_answers(form, runtime, expected):
    for link in LINKS:
        if form in DECODING and not survives_decoding(link):
            continue
        event = event_of(form, link, headers={"Accept": "image/webp"})
        found = response_of(form, runtime.invoke(event))
        assert compared(*found) == compared(*expected[link]), link


@pytest.mark.long
@needs_versitygw
@pytest.mark.parametrize("form", FORMS)
def test_what_fails_is_answered_in_words(form, runtime):
    for link, status in (
        ("/unsafe/20x20/missing.jpg", 404),
        ("/AAAAAAAAAAAAAAAAAAAAAAAAAAA=/20x20/photo.jpg", 400),
        ("/nothing", 400),
    ):
        found, headers, body = response_of(form, runtime.invoke(event_of(form, link)))
        assert (found, headers["content-type"]) == (status, "text/plain; charset=utf-8")
        assert 0 < len(body) < 100


@pytest.mark.long
@needs_versitygw
@pytest.mark.parametrize("form", FORMS)
def test_large_answers_never_reach_the_runtime(form, runtime, s3):
    event = event_of(form, "/unsafe/filters:quality(97)/large.jpg")
    status, headers, body = response_of(form, runtime.invoke(event))
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    assert 100_000 < len(body) < (786_432 if form.startswith("alb") else 4_718_667)
    assert runtime.process.poll() is None


@pytest.mark.long
@needs_versitygw
def test_large_answers_are_redirected_to_where_anybody_can_fetch_them(s3, tmp_path):
    import urllib.request

    keys = {**COMMON, "S3_LOADER_BUCKET": "bucket", "S3_ENDPOINT": s3.url,
            "LAMBDA_LARGE_BUCKET": "bucket"}  # fmt: skip
    with Runtime(tmp_path, **keys) as running:
        event = event_of("url", "/unsafe/filters:quality(97)/large.jpg")
        status, headers, _ = response_of("url", running.invoke(event))
        assert status == 302
        with urllib.request.urlopen(headers["location"], timeout=30) as answer:
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert len(answer.read()) > 4_718_667


@pytest.mark.long
@needs_versitygw
def test_a_wrong_secret_and_a_missing_bucket_are_our_fault(s3, tmp_path):
    for number, (keys, status) in enumerate(
        (
            ({"AWS_SECRET_ACCESS_KEY": "wrong"}, 502),
            ({"S3_LOADER_BUCKET": "no-such-bucket"}, 502),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        every = {**COMMON, "S3_LOADER_BUCKET": "bucket", "S3_ENDPOINT": s3.url, **keys}
        with Runtime(folder, LAMBDA_JSON_ERRORS="yes", **every) as running:
            answer = running.invoke(event_of("url", "/unsafe/20x20/photo.jpg"))
            found, _, body = response_of("url", answer)
            assert found == status
            assert json.loads(body)["requestId"].startswith("00000000-")
            assert "wrong" not in running.log
            assert SECRET not in running.log


@pytest.mark.long
def test_an_s3_that_misbehaves_is_told_apart(tmp_path):
    with FakeS3() as fake:
        keys = {**COMMON, "S3_LOADER_BUCKET": "bucket", "S3_ENDPOINT": fake.url,
                "SOURCE_FAILURE_SECONDS": "0", "S3_LOADER_TIMEOUT_SECONDS": "20"}  # fmt: skip
        with Runtime(tmp_path, **keys) as running:
            for form in FORMS:
                event = event_of(form, "/unsafe/20x20/photo.jpg")
                for fault, status in (
                    ((403, "AccessDenied"), 404),
                    ((503, "SlowDown"), 503),
                    ((500, "InternalError"), 502),
                    ((404, "NoSuchBucket"), 502),
                ):
                    fake.always = fault
                    found, headers, body = response_of(form, running.invoke(event))
                    assert found == status, (form, fault)
                    assert ("retry-after" in headers) == (status == 503)
                    assert b"secret words" not in body


@pytest.mark.parametrize("form", FORMS)
def test_a_source_that_never_comes_is_a_504_in_time(form, slow_runtime):
    event = event_of(form, "/unsafe/20x20/photo.jpg")
    status, headers, _ = response_of(form, slow_runtime.invoke(event, seconds=1.0))
    assert (status, headers["cache-control"]) == (504, "no-cache")
    assert slow_runtime.process.poll() is None


@pytest.fixture(scope="module")
def slow_runtime(tmp_path_factory):
    with FakeS3() as fake:
        fake.latency = 3.0
        keys = {**COMMON, "S3_LOADER_BUCKET": "bucket", "S3_ENDPOINT": fake.url}
        with Runtime(tmp_path_factory.mktemp("slow"), **keys) as running:
            yield running


def test_a_configuration_that_cannot_be_used_is_told_in_the_log(tmp_path):
    with Runtime(tmp_path, QUALITY="very good", **COMMON) as running:
        answer = running.invoke(event_of("url", "/unsafe/x.jpg"))
        assert answer["statusCode"] == 500
        assert "very good" not in answer["body"]
        assert "QUALITY" in running.log


def test_a_bundled_configuration_counts_less_than_the_environment(tmp_path):
    (tmp_path / "thumbor.conf").write_text("SECURITY_KEY = 'in the file'\nQUALITY = 1\n")
    with Runtime(tmp_path, QUALITY="", ALLOW_UNSAFE_URL="no") as running:
        answer = running.invoke(event_of("url", "/unsafe/x.jpg"))
        assert (answer["statusCode"], answer["body"]) == (
            400, "unsafe URLs are switched off, sign this one",
        )  # fmt: skip
        lines = [json.loads(line) for line in running.log.splitlines() if line.startswith("{")]
        assert lines[-1]["requestId"].startswith("00000000-")
        assert lines[-1]["status"] == 400


@pytest.mark.long
@pytest.mark.parametrize("form", ["url", "url-oac", "rest"])
def test_streamed_answers_may_be_larger(form, tmp_path, pictures):
    (tmp_path / "noise.png").write_bytes(noise_png())
    (tmp_path / "photo.jpg").write_bytes((pictures / "photo.jpg").read_bytes())
    keys = {"ALLOW_UNSAFE_URL": "yes", "LOADER": "file", "FILE_LOADER_ROOT_PATH": str(tmp_path)}
    module = "thumborlike.aws_lambda.streaming"
    with Runtime(tmp_path, module=module, **keys) as running:
        for link, status, least in (
            ("/unsafe/noise.png", 200, 6_291_556),
            ("/unsafe/20x20/photo.jpg", 200, 100),
            ("/unsafe/missing.jpg", 404, 10),
            ("/healthcheck", 200, 7),
        ):
            answer = running.invoke(event_of(form, link))
            assert answer["statusCode"] == status
            assert len(answer["body"]) >= least
            assert int(answer["headers"]["Content-Length"]) == len(answer["body"])


def noise_png() -> bytes:
    image = Image.merge("RGB", [Image.effect_noise((2000, 1600), 90) for _ in range(3)])
    made = io.BytesIO()
    image.save(made, "PNG", compress_level=1)
    return made.getvalue()
