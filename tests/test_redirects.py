"""Large results that clients fetch from S3 by themselves."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from redis_server import free_port
from s3_server import ACCESS, SECRET, FakeS3, Versity, needs_versitygw

from thumborlike.http.message import Request
from thumborlike.interfaces import Key, Kind, Redirects
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.testing import environment

pytest.importorskip("boto3")

PICTURES = Path(__file__).parent / "pictures"
LARGE = "/unsafe/900x700/photo.jpg"
SMALL = "/unsafe/8x8/photo.jpg"


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def fake():
    with FakeS3() as server:
        yield server


def asked(url, *paths, clock=time.time, **keys):
    """What is answered to each path, asked for twice: the second time it is stored."""
    settings = {
        "LOADER": "file", "FILE_LOADER_ROOT_PATH": str(PICTURES), "STORAGE": "no",
        "RESULT_STORAGE": "s3", "RESULT_STORAGE_STORES_UNSAFE": True, "S3_ENDPOINT": url,
        "S3_REGION": "us-east-1", "S3_RESULT_STORAGE_BUCKET": "bucket", "SECURITY_KEY": "k" * 16,
        "S3_RESULT_REDIRECT": True, "S3_RESULT_REDIRECT_BYTES": 5000, "S3_TIMEOUT_SECONDS": 20.0,
        "STORAGE_TIMEOUT_SECONDS": 30, "ALLOW_UNSAFE_URL": True, **keys,
    }  # fmt: skip

    async def both():
        service = build(load(overrides=settings), clock)
        try:
            found = []
            for path in paths:
                await service.handle(Request("GET", path))
                await service.landed()
                found.append(await service.handle(Request("GET", path)))
            return found
        finally:
            await service.drain(5)

    return asyncio.run(both())


@pytest.mark.parametrize("client", ["small", "boto3"])
def test_a_large_result_is_redirected_to_and_a_small_one_answered(fake, client):
    large, small = asked(fake.url, LARGE, SMALL, S3_CLIENT=client, MAX_AGE=7777)
    assert (large.status, large.body, small.status) == (302, b"", 200)
    assert large.header("Cache-Control") == "max-age=300,private"
    assert large.header("Cache-Tag")
    query = parse_qs(urlsplit(large.header("Location")).query)
    assert query["X-Amz-Expires"] == ["600"]
    assert query["response-cache-control"] == ["max-age=7777,public"]
    read = [name for verb, name in fake.calls if verb == "GET" and "/default/" in name]
    assert not any(urlsplit(large.header("Location")).path[1:] == name for name in read[1:])


def test_the_redirect_is_kept_no_longer_than_the_picture(fake):
    short, never = (asked(fake.url, LARGE, MAX_AGE=age)[0] for age in (60, 0))
    assert short.header("Cache-Control") == "max-age=60,private"
    assert never.header("Cache-Control") == "no-store"


def test_a_download_keeps_its_name(fake):
    (found,) = asked(fake.url, "/unsafe/900x700/filters:attachment(me.jpg)/photo.jpg")
    query = parse_qs(urlsplit(found.header("Location")).query)
    assert "me.jpg" in query["response-content-disposition"][0]


def test_nothing_is_redirected_unless_asked_for(fake):
    assert asked(fake.url, LARGE, S3_RESULT_REDIRECT=False)[0].status == 200
    assert not [verb for verb, _ in fake.calls if verb == "HEAD"]


def test_a_result_in_another_storage_is_answered(fake, tmp_path):
    keys = {"RESULT_STORAGE": "file", "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path)}
    assert asked(fake.url, LARGE, **keys)[0].status == 200


def test_an_expired_result_is_made_anew(fake):
    keys = {"RESULT_STORAGE_EXPIRATION_SECONDS": 60}
    assert asked(fake.url, LARGE, **keys)[0].status == 302
    assert asked(fake.url, LARGE, clock=lambda: time.time() + 90, **keys)[0].status == 200


def test_an_s3_that_is_away_costs_no_answer():
    url = f"http://127.0.0.1:{free_port()}"
    assert asked(url, LARGE, S3_TIMEOUT_SECONDS=0.5)[0].status == 200


def test_only_pictures_leave(fake):
    from thumborlike.storages import s3

    keys = {
        "S3_ENDPOINT": fake.url, "S3_STORAGE_BUCKET": "bucket", "S3_RESULT_REDIRECT": True,
        "S3_RESULT_REDIRECT_BYTES": 10, "S3_REGION": "us-east-1",
    }  # fmt: skip

    async def look(key, body):
        storage = s3.create(environment(**keys))
        await storage.put(key, body)
        try:
            return await storage.look(key)
        finally:
            await storage.close()

    assert isinstance(s3.create(environment(**keys)), Redirects)
    result = Key(Kind.RESULT, "/1x1/a")
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 20
    assert asyncio.run(look(result, png)).media_type == "image/png"
    others = [(result, b"<svg" + b" " * 20), (result, b'{"thumbor": 1234567}')]
    for key, body in [(result, png[:9]), (Key(Kind.SOURCE, "a"), png), *others]:
        assert asyncio.run(look(key, body)) is None


@needs_versitygw
@pytest.mark.parametrize("client", ["small", "boto3"])
def test_a_real_s3_takes_the_address(tmp_path, client):
    with Versity(tmp_path, free_port()) as real:
        path = "/unsafe/900x700/filters:attachment(me.jpg)/photo.jpg"
        (found,) = asked(real.url, path, S3_CLIENT=client, MAX_AGE=7777)
        with urllib.request.urlopen(found.header("Location"), timeout=30) as answer:
            assert answer.read(3) == b"\xff\xd8\xff"
            assert answer.headers["Cache-Control"] == "max-age=7777,public"
            assert "me.jpg" in answer.headers["Content-Disposition"]
            assert answer.headers["Content-Type"] == "image/jpeg"
