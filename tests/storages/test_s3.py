"""Storages in S3: their promises, their keys, and what becomes of failures."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

pytest.importorskip("boto3")

from redis_server import free_port
from s3_server import ACCESS, SECRET, FakeS3, Versity, needs_versitygw
from thumborlike.storages import s3, tc_aws, thumbor_aws

from thumborlike.errors import CannotPurge, StorageError
from thumborlike.interfaces import Key, Kind
from thumborlike.testing import (
    dead_storage_checks,
    environment,
    purge_checks,
    storage_checks,
    tended_checks,
    too_old_checks,
)

OF_LAYOUTS = ("any_name", "kinds", "variants", "round_trip")
NUMBERS = itertools.count()
MODULES = {"s3": s3, "tc_aws": tc_aws, "thumbor_aws": thumbor_aws}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="module")
def fake():
    with FakeS3() as server:
        yield server


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with Versity(tmp_path_factory.mktemp("versity"), free_port()) as server:
        yield server


def keys_for(url, **more):
    number = next(NUMBERS)
    return {
        "S3_ENDPOINT": url, "S3_STORAGE_BUCKET": "bucket", "S3_REGION": "us-east-1",
        "S3_STORAGE_ROOT_PATH": f"{number}/s", "S3_RESULT_STORAGE_ROOT_PATH": f"{number}/r",
        "TC_AWS_ENDPOINT": url, "TC_AWS_STORAGE_BUCKET": "bucket", "TC_AWS_REGION": "us-east-1",
        "TC_AWS_STORAGE_ROOT_PATH": f"{number}/s",
        "TC_AWS_RESULT_STORAGE_ROOT_PATH": f"{number}/r",
        "AWS_STORAGE_S3_ENDPOINT_URL": url, "AWS_RESULT_STORAGE_S3_ENDPOINT_URL": url,
        "AWS_STORAGE_BUCKET_NAME": "bucket", "AWS_RESULT_STORAGE_BUCKET_NAME": "bucket",
        "AWS_STORAGE_ROOT_PATH": f"/{number}/st", "AWS_RESULT_STORAGE_ROOT_PATH": f"/{number}/rs",
        "S3_TIMEOUT_SECONDS": 20.0, "S3_CLIENT": "boto3", **more,
    }  # fmt: skip


def run(storage, *steps):
    """The outcomes of the steps, each given the storage."""

    async def all_of_them():
        try:
            return [await step(storage) for step in steps]
        finally:
            await storage.close()

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_promises(check, fake):
    check(lambda: s3.create(environment(**keys_for(fake.url))))


@pytest.mark.parametrize("name", ["tc_aws", "thumbor_aws"])
@pytest.mark.parametrize(
    "check",
    [
        each
        for each in storage_checks()
        if str(each) in ("any_name", "kinds", "variants", "round_trip")
    ],
    ids=str,
)
def test_promises_of_the_foreign_layouts(check, name, fake):
    check(lambda: MODULES[name].create(environment(**keys_for(fake.url))))


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("check", purge_checks(), ids=str)
def test_purging(check, name, fake):
    keys = keys_for(fake.url, S3_PURGE_INDEX=True)
    check(lambda: MODULES[name].create(environment(**keys)))


@pytest.mark.parametrize("client", ["boto3", "small"])
@pytest.mark.parametrize("check", tended_checks(), ids=str)
def test_telling_and_making_room(check, client, fake):
    check(lambda: s3.create(environment(**keys_for(fake.url, S3_CLIENT=client))))


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("client", ["boto3", "small"])
@pytest.mark.parametrize("check", too_old_checks(1000), ids=str)
def test_what_is_too_old_is_not_served(check, client, name, fake):
    check(lambda: MODULES[name].create(environment(**keys_for(fake.url, S3_CLIENT=client))))


@needs_versitygw
@pytest.mark.parametrize("check", [*tended_checks(), *too_old_checks(1000)], ids=str)
def test_telling_and_making_room_on_a_real_s3(check, real):
    check(lambda: s3.create(environment(**keys_for(real.url, S3_PURGE_INDEX=True))))


def test_pruning_removes_what_is_too_old_and_leaves_uploads_and_what_has_no_root(fake):
    made = Key(Kind.RESULT, "/1x1/a.jpg", made_of=("a.jpg",))

    async def fill(storage):
        await storage.put(made, b"body")
        await storage.put(Key(Kind.SOURCE, "a.jpg"), b"body")

    async def find(storage):
        return [bool(await storage.get(each)) for each in (Key(Kind.SOURCE, "a.jpg"), made)]

    keys = keys_for(fake.url, S3_PURGE_INDEX=True, STALE_IF_ERROR_SECONDS=0)
    old = {"RESULT_STORAGE_EXPIRATION_SECONDS": 1}
    run(s3.create(environment(**keys)), fill)
    time.sleep(2.1)
    (sources, _), (results, removed) = s3.create(environment(**keys, **old)).prune(1)
    assert (sources.entries, results.entries, removed.entries) == (1, 0, 1)
    assert run(s3.create(environment(**keys)), find) == [[True, False]]
    assert not [key for key in fake.objects if keys["S3_RESULT_STORAGE_ROOT_PATH"] in key]
    keys |= {"S3_STORAGE_ROOT_PATH": "", "S3_RESULT_STORAGE_ROOT_PATH": ""}
    run(s3.create(environment(**keys)), fill)
    ((left, removed),) = s3.create(environment(**keys, **old)).prune(1)
    assert removed.entries == 0
    assert left.shares == ()


BUSY = {"S3_MAX_ATTEMPTS": 10, "S3_TIMEOUT_SECONDS": 60.0}
"""versitygw removes folders that their last object has left. Below whoever writes another one at
that moment they vanish: it answers 409 or 500, and what is tried again goes well."""


@needs_versitygw
@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_promises_on_a_real_s3(check, real):
    check(lambda: s3.create(environment(**{**keys_for(real.url), **BUSY})))


@needs_versitygw
@pytest.mark.parametrize("check", purge_checks(), ids=str)
def test_purging_on_a_real_s3(check, real):
    keys = {**keys_for(real.url), **BUSY, "S3_PURGE_INDEX": True}
    check(lambda: s3.create(environment(**keys)))


@needs_versitygw
def test_an_s3_that_dies_and_comes_back_needs_no_restart(tmp_path):
    key = Key(Kind.SOURCE, "a.jpg")
    with Versity(tmp_path, free_port()) as server:

        async def dies(storage):
            server.kill()
            with pytest.raises(StorageError):
                await storage.get(key)
            server.start()

        storage = s3.create(environment(**keys_for(server.url)))
        found = run(storage, lambda s: s.put(key, b"body"), dies, lambda s: s.get(key))[-1]
    assert found.body == b"body"


@pytest.mark.parametrize("check", dead_storage_checks(), ids=str)
def test_an_s3_that_is_away(check):
    url = f"http://127.0.0.1:{free_port()}"
    check(lambda: s3.create(environment(**keys_for(url, S3_TIMEOUT_SECONDS=1.0))))


@pytest.mark.parametrize("check", dead_storage_checks(), ids=str)
def test_an_s3_that_never_answers(check, silent_url):
    check(lambda: s3.create(environment(**keys_for(silent_url, S3_TIMEOUT_SECONDS=0.5))))


@pytest.fixture
def silent_url():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


RESULT = "/unsafe/101x/src/a.jpg"
LAYOUTS = [
    ("tc_aws", Key(Kind.RESULT, RESULT), {}, "r/unsafe/101x/src/a.jpg"),
    ("tc_aws", Key(Kind.RESULT, RESULT, "auto_webp"), {}, "r/unsafe/101x/src/a.jpg/webp"),
    ("tc_aws", Key(Kind.SOURCE, "src/b%20c.jpg"), {}, "s/src/b%20c.jpg"),
    ("tc_aws", Key(Kind.SECURITY_KEY, "src/a.jpg"), {}, "s/src/a.txt"),
    ("tc_aws", Key(Kind.FOCAL_POINTS, "src/a.jpg"), {}, "s/src/a.detectors.txt"),
    ("thumbor_aws", Key(Kind.RESULT, RESULT), {}, "/r/unsafe/101x/src/a.jpg"),
    ("thumbor_aws", Key(Kind.RESULT, RESULT, "auto_webp"), {},
     "/r/auto_webp/unsafe/101x/src/a.jpg"),
    ("thumbor_aws", Key(Kind.SOURCE, "src/b%20c.jpg"), {}, "/s/src/b c.jpg"),
    ("thumbor_aws", Key(Kind.SECURITY_KEY, "src/a.jpg"), {}, "/s/src/a.jpg.txt"),
]  # fmt: skip


def folded(name):
    return name.lstrip("/").lower()


LAYOUTS += [
    ("thumbor_aws", Key(Kind.RESULT, "/unsafe/A.jpg"), {"AWS_NORMALIZER": folded},
     "/r/unsafe/a.jpg"),
    ("thumbor_aws", Key(Kind.SOURCE, "src/B%20C.jpg"), {"AWS_NORMALIZER": folded},
     "/s/src/b%20c.jpg"),
]  # fmt: skip


@pytest.mark.parametrize("name, key, more, expected", LAYOUTS)
def test_the_keys_are_those_of_the_original_packages(name, key, more, expected):
    with FakeS3() as fake:
        keys = keys_for(fake.url, **more) | {
            "TC_AWS_STORAGE_ROOT_PATH": "s", "TC_AWS_RESULT_STORAGE_ROOT_PATH": "r",
            "AWS_STORAGE_ROOT_PATH": "/s", "AWS_RESULT_STORAGE_ROOT_PATH": "/r",
        }  # fmt: skip
        run(MODULES[name].create(environment(**keys)), lambda s: s.put(key, b"body"))
        assert list(fake.objects) == [f"bucket/{expected}"]


@pytest.mark.parametrize("name, key, more, where", LAYOUTS)
@pytest.mark.parametrize("client", ["boto3", "small"])
def test_what_the_original_packages_have_written_is_read(name, key, more, where, client):
    with FakeS3() as fake:
        fake.objects[f"bucket/{where}"] = (b"theirs", {"Content-Type": "image/jpeg"})
        keys = keys_for(fake.url, **more) | {
            "TC_AWS_STORAGE_ROOT_PATH": "s", "TC_AWS_RESULT_STORAGE_ROOT_PATH": "r",
            "AWS_STORAGE_ROOT_PATH": "/s", "AWS_RESULT_STORAGE_ROOT_PATH": "/r",
            "S3_CLIENT": client,
        }  # fmt: skip
        (found,) = run(MODULES[name].create(environment(**keys)), lambda s: s.get(key))
        assert found.body == b"theirs"


def test_randomized_keys_are_those_of_tc_aws():
    with FakeS3() as fake:
        keys = keys_for(fake.url, TC_AWS_RANDOMIZE_KEYS=True) | {
            "TC_AWS_RESULT_STORAGE_ROOT_PATH": ""
        }
        key = Key(Kind.RESULT, RESULT, "auto_webp")
        run(tc_aws.create(environment(**keys)), lambda s: s.put(key, b"body"))
        (name,) = fake.objects
    assert name.startswith("bucket/b2f4650a") and name.endswith("/unsafe/101x/src/a.jpg/webp")


def test_what_is_written_is_private_and_as_configured():
    with FakeS3() as fake:
        keys = keys_for(
            fake.url, S3_SSE="aws:kms", S3_SSE_KMS_KEY_ID="some-key",
            S3_STORAGE_CLASS="STANDARD_IA", S3_METADATA=[("made-by", "us")],
        )  # fmt: skip
        run(
            s3.create(environment(**keys)),
            lambda s: s.put(Key(Kind.RESULT, "/a"), b"\xff\xd8\xff rest"),
        )
        ((_, headers),) = fake.objects.values()
    lower = {name.lower(): value for name, value in headers.items()}
    assert lower["content-type"] == "image/jpeg"
    assert lower["x-amz-server-side-encryption"] == "aws:kms"
    assert lower["x-amz-server-side-encryption-aws-kms-key-id"] == "some-key"
    assert lower["x-amz-storage-class"] == "STANDARD_IA"
    assert lower["x-amz-meta-made-by"] == "us"
    assert "x-amz-acl" not in lower


def test_index_objects_are_written_only_on_demand():
    key = Key(Kind.RESULT, "/unsafe/a.jpg", "default", ("a.jpg",))
    with FakeS3() as fake:
        storage = s3.create(environment(**keys_for(fake.url)))
        run(storage, lambda s: s.put(key, b"body"))
        assert len(fake.objects) == 1
        storage = s3.create(environment(**keys_for(fake.url)))
        with pytest.raises(CannotPurge):
            run(storage, lambda s: s.purge("a.jpg"))


@pytest.mark.parametrize("fault", [(503, "SlowDown"), (500, "InternalError"), "reset", "cut"])
def test_a_failure_is_tried_again_within_the_deadline(fault):
    key = Key(Kind.SOURCE, "a.jpg")
    with FakeS3() as fake:

        async def goes_wrong(_):
            fake.faults += [fault, fault]

        storage = s3.create(environment(**keys_for(fake.url)))
        steps = (lambda s: s.put(key, b"body"), goes_wrong, lambda s: s.get(key))
        assert run(storage, *steps)[-1].body == b"body"


@pytest.mark.parametrize("client", ["boto3", "small"])
def test_a_purge_hides_results_that_have_no_note(client, fake):
    key = Key(Kind.RESULT, "/1x1/a.jpg", made_of=("a.jpg", "mark.png"))
    keys = keys_for(fake.url, S3_CLIENT=client)
    found = lambda it: it.get(key)  # noqa: E731
    run(tc_aws.create(environment(**keys)), lambda it: it.put(key, b"of another server"))
    keys["S3_PURGE_INDEX"] = True
    before, removed, hidden = run(
        tc_aws.create(environment(**keys)), found, lambda it: it.purge("mark.png"), found
    )
    assert (before.body, removed, hidden) == (b"of another server", 0, None)
    put = lambda it: it.put(key, b"made anew")  # noqa: E731
    calls = len(fake.calls)
    assert run(tc_aws.create(environment(**keys)), put, found)[1].body == b"made anew"
    asked = [name for verb, name in fake.calls[calls:] if verb == "HEAD" and "/purged/" in name]
    assert not asked, "what has notes needs no mark"
