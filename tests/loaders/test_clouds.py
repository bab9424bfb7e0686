"""The loaders of Google's and Azure's stores: promises, names, and what becomes of failures.

Each by a small server that can misbehave, and by an emulator.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import pytest
from azure_server import Azurite, SmallAzure, needs_azurite
from gcs_server import Emulator, SmallGoogle, needs_fake_gcs
from redis_server import free_port
from thumborlike.loaders import azure, gcs
from thumborlike.storages import azure as azure_storage
from thumborlike.storages import gcs as gcs_storage

from thumborlike import errors
from thumborlike.http.status import status_of
from thumborlike.interfaces import SourceRequest
from thumborlike.testing import dead_loader_checks, environment, loader_checks, size_checks

BODIES = {
    "a.jpg": b"first",
    "some/b%20c.jpg": bytes(range(256)) * 100,
    "pl+us%25.jpg": b"plus and percent",
    "maracuj%C3%A1/%E6%97%A5.jpg": b"unicode",
}
NAMES = ("a.jpg", "some/b c.jpg", "pl+us%.jpg", "maracujá/日.jpg")
SECRET = b"outside of the root"
THERE = {
    **{f"root/{name}": body for body, name in zip(BODIES.values(), NAMES, strict=True)},
    "secret.jpg": SECRET,
}
"""What lies in each bucket."""


@dataclass(frozen=True)
class Cloud:
    """A loader, and its keys by what they mean."""

    loader: ModuleType
    bucket: str
    root: str
    allowed: str
    endpoint: str
    nobody: Mapping[str, object]
    service: str


@dataclass(frozen=True)
class Site:
    """A store that has what is `THERE`, and the keys that lead to it."""

    cloud: Cloud
    keys: Mapping[str, object]
    server: object = None


GOOGLE = Cloud(
    gcs, "GCS_LOADER_BUCKET", "GCS_LOADER_ROOT_PATH", "GCS_ALLOWED_BUCKETS", "GCS_ENDPOINT",
    {"GCS_ANONYMOUS": True}, "oogle",
)  # fmt: skip
AZURE = Cloud(
    azure, "AZURE_LOADER_CONTAINER", "AZURE_LOADER_ROOT_PATH", "AZURE_ALLOWED_CONTAINERS",
    "AZURE_ENDPOINT", {"AZURE_ANONYMOUS": True}, "zure",
)  # fmt: skip


@pytest.fixture
def small_google():
    with SmallGoogle() as server:
        for name, body in THERE.items():
            server.objects[f"bucket/{name}"] = (body, {})
        yield Site(GOOGLE, {"GCS_ENDPOINT": server.url, **GOOGLE.nobody}, server)


@pytest.fixture
def small_azure():
    with SmallAzure() as server:
        for name, body in THERE.items():
            server.blobs[f"bucket/{name}"] = (body, {}, time.time())
        yield Site(AZURE, {"AZURE_ENDPOINT": server.url, **AZURE.nobody}, server)


@pytest.fixture(scope="module")
def fake_gcs():
    with Emulator(free_port()) as server:
        keys = {"GCS_ENDPOINT": server.url, **GOOGLE.nobody}
        fill(gcs_storage.create(environment(**keys, GCS_STORAGE_BUCKET="bucket")))
        yield Site(GOOGLE, keys)


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    with Azurite(tmp_path_factory.mktemp("azurite"), free_port()) as server:
        server.make_container("bucket")
        keys = {**server.keys, "AZURE_STORAGE_CONTAINER": "bucket"}
        fill(azure_storage.create(environment(**keys)))
        yield Site(AZURE, server.keys)


SMALL = ("small_google", "small_azure")
REAL = (
    pytest.param("fake_gcs", marks=(pytest.mark.long, needs_fake_gcs)),
    pytest.param("azurite", marks=(pytest.mark.long, needs_azurite)),
)


@pytest.fixture(params=[*SMALL, *REAL])
def site(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=[GOOGLE, AZURE], ids=["google", "azure"])
def cloud(request):
    return request.param


def fill(storage):
    async def put():
        for name, body in THERE.items():
            await storage._sources.client.put("bucket", name, body)
        await storage.close()

    asyncio.run(put())


def made(site, **more):
    cloud = site.cloud
    keys = {cloud.bucket: "bucket", cloud.root: "root", **site.keys, **more}
    return cloud.loader.create(environment(**keys))


def load(loader, name, held=None):
    async def once():
        try:
            return (await loader.load(SourceRequest(name, held=held))).body
        finally:
            await loader.close()

    return asyncio.run(once())


def without_bucket(site):
    cloud = site.cloud
    return made(site, **{cloud.bucket: None, cloud.root: "", cloud.allowed: ["bucket"]})


@pytest.mark.parametrize("check", loader_checks(), ids=str)
def test_promises(check, site):
    check(lambda: made(site), BODIES, "missing.jpg")


@pytest.mark.parametrize("check", size_checks(), ids=str)
def test_sizes(check, site):
    check(lambda: made(site, MAX_SOURCE_SIZE=1000), "some/b%20c.jpg")


@pytest.mark.parametrize("check", dead_loader_checks(), ids=str)
def test_one_that_is_away(check, cloud):
    away = {cloud.endpoint: f"http://127.0.0.1:{free_port()}", **cloud.nobody}
    check(lambda: made(Site(cloud, away)), "a.jpg")


def test_a_bucket_from_the_name(site):
    assert load(without_bucket(site), "bucket/root/a.jpg") == b"first"
    assert not without_bucket(site).allows("another/a.jpg")


def test_keys_never_leave_the_prefix(site):
    for name in ("../secret.jpg", "%2E%2E/secret.jpg", "..%2Fsecret.jpg"):
        with pytest.raises(errors.SourceNotFound):
            load(made(site), name)
    assert load(without_bucket(site), "bucket/secret.jpg") == SECRET


def test_what_is_held_is_not_sent_again(site, request):
    held = BODIES["some/b%20c.jpg"]
    same = load(made(site), "some/b%20c.jpg", held)
    assert same == held
    assert same is held or "fake_gcs" in request.node.name, "that one knows no If-None-Match"
    assert load(made(site), "some/b%20c.jpg", b"older") == held


OF_GOOGLE = [(404, 404), (403, 404), (401, 502), (400, 404), (429, 503), (503, 503), (500, 502)]
OF_AZURE = [
    ((404, "BlobNotFound"), 404),
    ((404, "ContainerNotFound"), 502),
    ((409, "BlobArchived"), 404),
    ((400, "InvalidUri"), 404),
    ((403, "AuthorizationPermissionMismatch"), 404),
    ((403, "AuthenticationFailed"), 502),
    ((403, "AuthorizationFailure"), 502),
    ((401, "NoAuthenticationInformation"), 502),
    ((503, "ServerBusy"), 503),
    ((500, "InternalError"), 502),
]
FAULTS = [
    *(("small_google", fault, status) for fault, status in OF_GOOGLE),
    *(("small_azure", fault, status) for fault, status in OF_AZURE),
]


@pytest.mark.parametrize(("name", "fault", "status"), FAULTS)
def test_each_failure_has_its_fixed_answer(name, fault, status, request):
    site = request.getfixturevalue(name)
    site.server.faults = [fault] * 9
    with pytest.raises(errors.SourceError) as caught:
        load(made(site), "a.jpg")
    assert status_of(caught.value) == status
    assert site.cloud.service not in str(caught.value)


def test_a_bucket_must_be_named(cloud):
    with pytest.raises(errors.ConfigurationError, match=cloud.bucket):
        cloud.loader.create(environment())


@pytest.mark.parametrize("site", REAL, indirect=True)
def test_a_bucket_that_is_not_there_is_an_error(site):
    with pytest.raises(errors.SourceError) as caught:
        load(made(site, **{site.cloud.bucket: "absent"}), "a.jpg")
    assert status_of(caught.value) in (404, 502)


@pytest.mark.long
@needs_azurite
def test_a_wrong_key_is_an_error_of_the_server(azurite):
    with pytest.raises(errors.SourceFailed) as caught:
        load(made(azurite, AZURE_STORAGE_KEY="c29tZSBvdGhlcg=="), "a.jpg")
    assert "403" in caught.value.__cause__.why
