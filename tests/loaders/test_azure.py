"""The loader of Azure Blob Storage: its promises, names, and what becomes of failures."""

from __future__ import annotations

import asyncio
import time

import pytest
from azure_server import SmallAzure
from redis_server import free_port
from thumborlike.loaders import azure

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


@pytest.fixture
def small():
    with SmallAzure() as server:
        for body, name in zip(BODIES.values(), NAMES, strict=True):
            server.blobs[f"container/root/{name}"] = (body, {}, time.time())
        server.blobs["container/secret.jpg"] = (b"outside of the root", {}, time.time())
        yield server


def made(url, **more):
    keys = {
        "AZURE_LOADER_CONTAINER": "container", "AZURE_LOADER_ROOT_PATH": "root",
        "AZURE_ANONYMOUS": True,
    }  # fmt: skip
    return azure.create(environment(**{**keys, "AZURE_ENDPOINT": url, **more}))


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


def test_a_container_from_the_name(small):
    keys = {
        "AZURE_LOADER_CONTAINER": None, "AZURE_LOADER_ROOT_PATH": "",
        "AZURE_ALLOWED_CONTAINERS": ["container"],
    }  # fmt: skip
    assert load(made(small.url, **keys), "container/root/a.jpg") == b"first"
    assert not made(small.url, **keys).allows("another/a.jpg")


def test_keys_never_leave_the_prefix(small):
    for name in ("../secret.jpg", "%2E%2E/secret.jpg", "..%2Fsecret.jpg"):
        with pytest.raises(errors.SourceNotFound):
            load(made(small.url), name)


FAULTS = [
    ((404, "BlobNotFound"), 404),
    ((404, "ContainerNotFound"), 502),
    ((409, "BlobArchived"), 404),
    ((400, "InvalidUri"), 404),
    ((403, "AuthorizationPermissionMismatch"), 404),
    ((403, "AuthenticationFailed"), 502),
    ((401, "NoAuthenticationInformation"), 502),
    ((503, "ServerBusy"), 503),
    ((500, "InternalError"), 502),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS)
def test_each_failure_has_its_fixed_answer(fault, status, small):
    small.faults = [fault] * 9
    with pytest.raises(errors.SourceError) as caught:
        load(made(small.url), "a.jpg")
    assert status_of(caught.value) == status
    assert "zure" not in str(caught.value)


def test_what_is_held_is_not_sent_again(small):
    held = BODIES["some/b%20c.jpg"]
    assert load(made(small.url), "some/b%20c.jpg", held) is held
    assert load(made(small.url), "some/b%20c.jpg", b"older") == held


def test_no_container():
    with pytest.raises(errors.ConfigurationError, match="AZURE_LOADER_CONTAINER"):
        azure.create(environment())
