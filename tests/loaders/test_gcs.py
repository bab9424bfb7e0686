"""The loader of Google Cloud Storage: its promises, names, and what becomes of failures."""

from __future__ import annotations

import asyncio

import pytest
from gcs_server import Emulator, SmallGoogle, needs_fake_gcs
from redis_server import free_port
from thumborlike.loaders import gcs
from thumborlike.storages import gcs as storage

from thumborlike import errors
from thumborlike.http.status import status_of
from thumborlike.interfaces import SourceRequest
from thumborlike.s3.client import Client
from thumborlike.testing import dead_loader_checks, environment, loader_checks, size_checks

BODIES = {
    "a.jpg": b"first",
    "some/b%20c.jpg": bytes(range(256)) * 100,
    "pl+us%25.jpg": b"plus and percent",
    "maracuj%C3%A1/%E6%97%A5.jpg": b"unicode",
}
NAMES = ("a.jpg", "some/b c.jpg", "pl+us%.jpg", "maracujá/日.jpg")


@pytest.fixture
def small():
    with SmallGoogle() as server:
        for body, name in zip(BODIES.values(), NAMES, strict=True):
            server.objects[f"bucket/root/{name}"] = (body, {})
        server.objects["bucket/secret.jpg"] = (b"outside of the root", {})
        yield server


def made(url, **more):
    keys = {"GCS_LOADER_BUCKET": "bucket", "GCS_LOADER_ROOT_PATH": "root", "GCS_ANONYMOUS": True}
    return gcs.create(environment(**{**keys, "GCS_ENDPOINT": url, **more}))


def load(loader, name, held=None):
    async def once():
        try:
            return (await loader.load(SourceRequest(name, held=held))).body
        finally:
            await loader.close()

    return asyncio.run(once())


@pytest.mark.parametrize("check", loader_checks(), ids=str)
def test_promises(check, small):
    check(lambda: made(small.url), BODIES, "missing.jpg")


@pytest.mark.parametrize("check", size_checks(), ids=str)
def test_sizes(check, small):
    check(lambda: made(small.url, MAX_SOURCE_SIZE=1000), "some/b%20c.jpg")


@pytest.mark.parametrize("check", dead_loader_checks(), ids=str)
def test_one_that_is_away(check):
    check(lambda: made(f"http://127.0.0.1:{free_port()}"), "a.jpg")


@pytest.mark.long
@needs_fake_gcs
@pytest.mark.parametrize("check", loader_checks(), ids=str)
def test_promises_on_an_emulator(check):
    with Emulator(free_port()) as emulator:
        keys = {"GCS_ENDPOINT": emulator.url, "GCS_STORAGE_BUCKET": "bucket"}
        filling = storage.create(environment(**keys, GCS_ANONYMOUS=True))

        async def fill(client: Client):
            for body, name in zip(BODIES.values(), NAMES, strict=True):
                await client.put("bucket", f"root/{name}", body)
            await filling.close()

        asyncio.run(fill(filling._sources.client))
        check(lambda: made(emulator.url), BODIES, "missing.jpg")


def test_a_bucket_from_the_name(small):
    keys = {
        "GCS_LOADER_BUCKET": None,
        "GCS_LOADER_ROOT_PATH": "",
        "GCS_ALLOWED_BUCKETS": ["bucket"],
    }
    assert load(made(small.url, **keys), "bucket/root/a.jpg") == b"first"
    assert not made(small.url, **keys).allows("another/a.jpg")


def test_keys_never_leave_the_prefix(small):
    for name in ("../secret.jpg", "%2E%2E/secret.jpg", "..%2Fsecret.jpg"):
        with pytest.raises(errors.SourceNotFound):
            load(made(small.url), name)


@pytest.mark.parametrize(
    ("fault", "status"),
    [(404, 404), (403, 404), (401, 502), (400, 404), (429, 503), (503, 503), (500, 502)],
)
def test_each_failure_has_its_fixed_answer(fault, status, small):
    small.faults = [fault] * 9
    with pytest.raises(errors.SourceError) as caught:
        load(made(small.url), "a.jpg")
    assert status_of(caught.value) == status
    assert "oogle" not in str(caught.value)


def test_what_is_held_is_not_sent_again(small):
    held = BODIES["some/b%20c.jpg"]
    assert load(made(small.url), "some/b%20c.jpg", held) is held
    assert load(made(small.url), "some/b%20c.jpg", b"older") == held


def test_no_bucket():
    with pytest.raises(errors.ConfigurationError, match="GCS_LOADER_BUCKET"):
        gcs.create(environment())
