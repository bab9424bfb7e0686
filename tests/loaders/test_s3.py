"""Loaders in S3: their promises, names and keys, and what becomes of failures."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest

pytest.importorskip("boto3")

from redis_server import free_port
from s3_server import ACCESS, SECRET, FakeS3, Versity, needs_versitygw
from thumborlike.loaders import s3, tc_aws, thumbor_aws
from thumborlike.storages import s3 as storage

from thumborlike import errors
from thumborlike.http.status import status_of
from thumborlike.interfaces import Key, Kind, SourceRequest
from thumborlike.s3 import failures, layouts
from thumborlike.testing import environment, loader_checks, size_checks

BODIES = {
    "a.jpg": b"first",
    "some/b%20c.jpg": bytes(range(256)) * 100,
    "pl+us%25.jpg": b"plus and percent",
    "maracuj%C3%A1/%E6%97%A5.jpg": b"unicode",
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def fake():
    with FakeS3() as server:
        for body, key in zip(
            BODIES.values(), ("a.jpg", "some/b c.jpg", "pl+us%.jpg", "maracujá/日.jpg"), strict=True
        ):
            for root in ("", "root/", "/st/"):
                server.objects[f"bucket/{root}{key}"] = (body, {})
        server.objects["bucket/secret.jpg"] = (b"outside of the root", {})
        yield server


def made(name, fake, **more):
    keys = {
        "s3": {"S3_LOADER_BUCKET": "bucket", "S3_LOADER_ROOT_PATH": "root",
               "S3_ENDPOINT": fake.url},
        "tc_aws": {"TC_AWS_LOADER_BUCKET": "bucket", "TC_AWS_LOADER_ROOT_PATH": "root",
                   "TC_AWS_ENDPOINT": fake.url},
        "thumbor_aws": {"AWS_LOADER_BUCKET_NAME": "bucket",
                        "AWS_LOADER_S3_ENDPOINT_URL": fake.url},
    }[name]  # fmt: skip
    module = {"s3": s3, "tc_aws": tc_aws, "thumbor_aws": thumbor_aws}[name]
    return module.create(environment(**{"S3_CLIENT": "boto3", **keys, **more}))


def load(loader, name):
    async def once():
        try:
            return (await loader.load(SourceRequest(name))).body
        finally:
            await loader.close()

    return asyncio.run(once())


NAMES = ("s3", "tc_aws", "thumbor_aws")


@pytest.mark.parametrize("check", loader_checks(), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_promises(check, name, fake):
    check(partial(made, name, fake), BODIES, "missing.jpg")


@pytest.mark.parametrize("check", size_checks(), ids=str)
def test_sizes(check, fake):
    check(partial(made, "s3", fake, MAX_SOURCE_SIZE=1000), "some/b%20c.jpg")


def test_keys_never_leave_the_prefix(fake):
    for name in ("../secret.jpg", "%2E%2E/secret.jpg", "x/../../secret.jpg", "..%2Fsecret.jpg"):
        with pytest.raises(errors.SourceNotFound):
            load(made("s3", fake), name)


FAULTS = [
    ((404, "NoSuchKey"), 404),
    ((403, "AccessDenied"), 404),
    ((503, "SlowDown"), 503),
    ((500, "InternalError"), 502),
    ((404, "NoSuchBucket"), 502),
    ((301, "PermanentRedirect"), 502),
    ((400, "AuthorizationHeaderMalformed"), 502),
    ((403, "InvalidAccessKeyId"), 502),
    ("reset", 502),
    ("cut", 502),
    ("silent", 504),
    ("endless", 400),
]


@pytest.mark.parametrize("fault, status", FAULTS, ids=str)
def test_each_failure_has_its_fixed_answer(fault, status, fake):
    fake.always = fault
    seconds = 0.9 if fault == "silent" else 30.0
    with pytest.raises(errors.SourceError) as caught:
        load(made("s3", fake, S3_LOADER_TIMEOUT_SECONDS=seconds, MAX_SOURCE_SIZE=1 << 20), "a.jpg")
    assert status_of(caught.value) == status
    text = str(caught.value)
    for secret in ("bucket", "root", "a.jpg", ACCESS, "secret", "127.0.0.1", "S3", "boto"):
        assert secret not in text


def test_denied_may_be_told(fake):
    fake.always = (403, "AccessDenied")
    with pytest.raises(errors.SourceForbidden) as caught:
        load(made("s3", fake, S3_DENIED_STATUS=403), "a.jpg")
    assert status_of(caught.value) == 403


def test_one_deadline_bounds_all_retries(fake):
    fake.always = "silent"
    began = time.monotonic()
    with pytest.raises(errors.SourceTimeout):
        load(made("s3", fake, S3_LOADER_TIMEOUT_SECONDS=0.5, S3_MAX_ATTEMPTS=10), "a.jpg")
    assert time.monotonic() - began < 5, "ten attempts would take fifteen"


def test_connections_are_kept(fake):
    async def several():
        loader = made("s3", fake)
        for _ in range(20):
            await loader.load(SourceRequest("a.jpg"))
        await loader.close()

    asyncio.run(several())
    assert fake.connections == 1


def test_the_bucket_may_be_part_of_the_name(fake):
    keys = {"S3_ENDPOINT": fake.url, "S3_ALLOWED_BUCKETS": ["bucket"]}
    loader = s3.create(environment(**keys))
    assert loader.allows("bucket/a.jpg") and not loader.allows("other/a.jpg")
    assert load(loader, "bucket/a.jpg") == b"first"
    for name in ("s3:bucket/a.jpg", "s3%3A//bucket/a.jpg"):
        assert load(s3.create(environment(**keys)), name) == b"first"


def test_buckets_may_be_elsewhere(fake):
    keys = {
        "S3_ENDPOINT": "http://127.0.0.1:9",
        "S3_ALLOWED_BUCKETS": ["bucket"],
        "S3_BUCKETS": [("bucket", "eu-west-1", fake.url)],
    }
    assert load(s3.create(environment(**keys)), "bucket/a.jpg") == b"first"


def test_a_loader_without_a_bucket_stops_the_start():
    with pytest.raises(errors.ConfigurationError):
        s3.create(environment())


def test_tc_aws_sends_addresses_to_the_web(fake):
    keys = {"TC_AWS_ENABLE_HTTP_LOADER": True, "ALLOWED_SOURCES": ["good.com"]}
    loader = made("tc_aws", fake, **keys)
    assert loader.allows("http%3A//good.com/a.jpg")
    assert not loader.allows("http%3A//bad.com/a.jpg")


@pytest.mark.parametrize("client", ["boto3", "small"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_held_is_not_sent_again(name, client, fake):
    body = bytes(range(256)) * 5000
    for root in ("root/", "/st/"):
        fake.objects[f"bucket/{root}large.jpg"] = (body, {})

    async def both():
        loader = made(name, fake, S3_CLIENT=client)
        same = await loader.load(SourceRequest("large.jpg", held=body))
        sent = fake.sent
        other = await loader.load(SourceRequest("large.jpg", held=b"an older one"))
        await loader.close()
        return same.body, sent, other.body

    same, sent, other = asyncio.run(both())
    assert same == body == other
    assert sent == 0, "not a byte of it"


def test_what_is_held_and_gone_is_not_found(fake):
    with pytest.raises(errors.SourceNotFound):
        asyncio.run(made("s3", fake).load(SourceRequest("gone.jpg", held=b"held")))


@needs_versitygw
@pytest.mark.parametrize("client", ["boto3", "small"])
def test_a_real_s3_tells_that_nothing_has_changed(client, tmp_path):
    key = Key(Kind.SOURCE, "a.jpg")
    with Versity(tmp_path, free_port()) as real:
        keys = {"S3_ENDPOINT": real.url, "S3_REGION": "us-east-1", "S3_CLIENT": client}
        shelf = storage.create(environment(S3_STORAGE_BUCKET="bucket", **keys))
        name = layouts.own(key)
        loader = s3.create(
            environment(S3_LOADER_BUCKET="bucket", S3_LOADER_ROOT_PATH="sources", **keys)
        )

        async def asked():
            await shelf.put(key, b"body")
            with pytest.raises(failures.Unchanged):
                await loader._here.get("bucket", f"sources/{name}", held=b"body")
            found = await loader.load(SourceRequest(name, held=b"body"))
            await shelf.put(key, b"changed")
            later = await loader.load(SourceRequest(name, held=b"body"))
            await shelf.close()
            await loader.close()
            return found.body, later.body

        assert asyncio.run(asked()) == (b"body", b"changed")


def test_names_are_normalized_as_in_thumbor_aws(fake):
    def key_of(name):
        return {"one.jpg": "a.jpg"}[name]

    assert load(made("thumbor_aws", fake, AWS_NORMALIZER=key_of), "one.jpg") == b"first"
    with pytest.raises(errors.SourceNotFound):
        load(made("thumbor_aws", fake, AWS_NORMALIZER=key_of), "other.jpg")
    with pytest.raises(errors.SourceNotFound):
        load(made("thumbor_aws", fake, AWS_NORMALIZER=lambda name: "../secret.jpg"), "a.jpg")
