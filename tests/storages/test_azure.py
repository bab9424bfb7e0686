"""Entries in Azure Blob Storage: promises, proofs of who asks, and what becomes of failures."""

from __future__ import annotations

import asyncio
import itertools
import urllib.error
import urllib.request
from urllib.parse import parse_qs

import pytest
from azure_server import Azurite, SmallAzure, needs_azurite
from redis_server import free_port
from thumborlike.storages import azure

from thumborlike.clouds.azure_signing import Account, account_of, dated, signature_for, signed
from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.interfaces import Key, Kind
from thumborlike.s3.signature import Asked
from thumborlike.testing import (
    dead_storage_checks,
    environment,
    purge_checks,
    storage_checks,
    tended_checks,
    too_old_checks,
)

NUMBERS = itertools.count()
SOURCE = Key(Kind.SOURCE, "a.jpg")
VARIABLES = (
    "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_TENANT_ID",
    "AZURE_STORAGE_CONNECTION_STRING", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def small():
    with SmallAzure() as server:
        yield server


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    with Azurite(tmp_path_factory.mktemp("azurite"), free_port()) as server:
        server.make_container("container")
        yield server


def made(**more):
    number = next(NUMBERS)
    keys = {
        "AZURE_STORAGE_CONTAINER": "container", "AZURE_STORAGE_ROOT_PATH": f"{number}/s",
        "AZURE_RESULT_STORAGE_ROOT_PATH": f"{number}/r", "S3_TIMEOUT_SECONDS": 20.0, **more,
    }  # fmt: skip
    return azure.create(environment(**keys))


def nameless(server, **more):
    return made(AZURE_ENDPOINT=server.url, AZURE_ANONYMOUS=True, **more)


def run(storage, *steps):
    async def all_of_them():
        try:
            return [await step(storage) for step in steps]
        finally:
            await storage.close()

    return asyncio.run(all_of_them())


def put(storage):
    return storage.put(SOURCE, b"x")


@pytest.mark.parametrize("check", storage_checks(large=4 << 20), ids=str)
def test_promises(check, small):
    check(lambda: nameless(small))


@pytest.mark.parametrize("check", [*purge_checks(), *tended_checks()], ids=str)
def test_purging_and_tending(check, small):
    check(lambda: nameless(small, S3_PURGE_INDEX=True))


@pytest.mark.parametrize("check", too_old_checks(1000), ids=str)
def test_what_is_too_old_is_not_served(check, small):
    check(lambda: nameless(small))


@pytest.mark.long
@needs_azurite
@pytest.mark.parametrize("check", [*storage_checks(), *too_old_checks(1000)], ids=str)
def test_promises_on_an_emulator(check, azurite):
    check(lambda: made(**azurite.keys))


@pytest.mark.long
@needs_azurite
@pytest.mark.parametrize("check", [*purge_checks(), *tended_checks()], ids=str)
def test_purging_and_tending_on_an_emulator(check, azurite):
    check(lambda: made(**azurite.keys, S3_PURGE_INDEX=True))


@pytest.mark.long
@needs_azurite
def test_a_wrong_key_is_told(azurite):
    with pytest.raises(StorageError) as caught:
        run(made(**{**azurite.keys, "AZURE_STORAGE_KEY": "c29tZSBvdGhlcg=="}), put)
    assert "403" in caught.value.__cause__.why


@pytest.mark.parametrize("check", dead_storage_checks(), ids=str)
def test_one_that_is_away(check):
    keys = {"AZURE_ENDPOINT": f"http://127.0.0.1:{free_port()}", "AZURE_ANONYMOUS": True}
    check(lambda: made(**keys, S3_TIMEOUT_SECONDS=1.0))


def test_lists_go_on_where_pages_end(small):
    small.page = 3
    keys = [Key(Kind.RESULT, f"/{number}x1/a.jpg") for number in range(10)]
    storage = nameless(small)
    run(storage, *[lambda it, key=key: it.put(key, b"body") for key in keys])
    before = len(small.asked)
    root = storage._results.root
    _, results = nameless(small, AZURE_RESULT_STORAGE_ROOT_PATH=root).stats()
    assert (results.name[:15], results.entries) == ("az://container/", 10)
    lists = [path for _, path, _ in small.asked[before:] if "comp=list" in path and root[0] in path]
    assert sum("marker=" in path for path in lists) == 3, "each page is asked for once"


@pytest.mark.parametrize("fault", [(503, "ServerBusy"), (500, "OperationTimedOut"), (429, "")])
def test_what_passes_is_tried_again(small, fault):
    small.faults = [fault]
    assert run(nameless(small), put, lambda it: it.get(SOURCE))[1].body == b"x"


@pytest.mark.parametrize("fault", [(404, "ContainerNotFound"), (403, "AuthenticationFailed")])
def test_what_does_not_pass_is_told(small, fault):
    small.faults = [fault] * 9
    with pytest.raises(StorageError, match="Azure does not keep what it should"):
        run(nameless(small), put)


def test_a_signature_goes_with_each_request(small):
    keys = {"AZURE_ENDPOINT": small.url, "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=a%2Bb"}
    run(made(**keys), put, lambda it: it.get(SOURCE))
    assert all(path.endswith("?sv=1&sig=a%2Bb") for _, path, _ in small.asked)


def test_the_proof_of_a_key_is_that_of_azures_library():
    """Made with azure-storage-blob 12.31: what it sent for the same request and time."""
    account = Account("acct", "https://acct.blob.core.windows.net", "c2VjcmV0IGtleQ==")
    headers = {"Content-Type": "image/png", "x-ms-blob-type": "BlockBlob"}
    asked = Asked("PUT", "", "/container/a/b%20%C3%A9.png", "comp=metadata&timeout=7")
    dates = dated(headers, 1767323045.0)
    assert dates["x-ms-date"] == "Fri, 02 Jan 2026 03:04:05 GMT"
    assert signed(account, asked, dates, 3)["Authorization"] == GOLDEN


GOLDEN = "SharedKey acct:hSzmh8z88Oyl39fMBbjmdRz6BP8LWx8fly6nD9A8/5o="

CONNECTION = (
    "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=c2VjcmV0IGtleQ==;"
    "EndpointSuffix=core.windows.net"
)
ACCOUNTS = [
    (("acct", "k", "", "", None), Account("acct", "https://acct.blob.core.windows.net", "k")),
    (("", "", "", CONNECTION, None),
     Account("acct", "https://acct.blob.core.windows.net", "c2VjcmV0IGtleQ==")),
    (("acct", "", "?sig=1", "", "http://h:1/acct/"),
     Account("acct", "http://h:1/acct", "", "sig=1")),
    (("", "", "", "BlobEndpoint=https://b/;SharedAccessSignature=sig=1&x=2", None),
     Account("", "https://b", "", "sig=1&x=2")),
    (("", "k", "", "", None), None),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), ACCOUNTS)
def test_accounts(given, expected):
    found = account_of(*given)
    assert found == expected
    assert "sig" not in repr(found)
    assert "c2Vj" not in repr(found)


def test_a_machine_of_azures(small, monkeypatch):
    small.token = "good"
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", small.url)
    monkeypatch.setenv("AZURE_CLIENT_ID", "mine")
    found = run(made(AZURE_ENDPOINT=small.url), put, lambda it: it.get(SOURCE))[1]
    assert found.body == b"x"
    ((path, query, headers),) = small.asked_for_tokens
    assert path == "/metadata/identity/oauth2/token"
    assert "client_id=mine" in query
    assert headers["Metadata"] == "true"


def test_an_app_of_azures(small, monkeypatch):
    small.token = "good"
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{small.url}/msi/identity")
    monkeypatch.setenv("IDENTITY_HEADER", "proof")
    run(made(AZURE_ENDPOINT=small.url), put)
    ((path, _, headers),) = small.asked_for_tokens
    assert (path, headers["X-IDENTITY-HEADER"]) == ("/msi/identity", "proof")


@pytest.mark.parametrize("way", ["file", "secret"])
def test_an_application(small, monkeypatch, tmp_path, way):
    small.token = "good"
    (tmp_path / "token").write_text("federated\n")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", f"{small.url}/")
    monkeypatch.setenv("AZURE_TENANT_ID", "tenant")
    monkeypatch.setenv("AZURE_CLIENT_ID", "mine")
    if way == "file":
        monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    else:
        monkeypatch.setenv("AZURE_CLIENT_SECRET", "hidden")
    run(made(AZURE_ENDPOINT=small.url), put)
    ((path, body, _),) = small.asked_for_tokens
    assert path == "/tenant/oauth2/v2.0/token"
    assert ("client_assertion=federated" if way == "file" else "client_secret=hidden") in body


def test_nobody(monkeypatch):
    address = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", address)
    with pytest.raises(StorageError) as caught:
        run(made(AZURE_ENDPOINT=address), put)
    assert "AZURE_ANONYMOUS sends none" in caught.value.__cause__.why


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"AZURE_STORAGE_CONTAINER": None}, "AZURE_STORAGE_CONTAINER"),
        ({}, "AZURE_STORAGE_ACCOUNT"),
        ({"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "no key"}, "no Base64"),
    ],
)
def test_what_is_missing_is_told(keys, words):
    with pytest.raises(ConfigurationError, match=words):
        made(**keys)


REDIRECT = {"S3_RESULT_REDIRECT": True, "S3_RESULT_REDIRECT_BYTES": 10}
RESULT = Key(Kind.RESULT, "/unsafe/30x20/a%20b.jpg")
JPEG = b"\xff\xd8\xff" + b"x" * 20
SAID = {"Cache-Control": "max-age=7777,public", "Content-Disposition": 'inline; filename="é.jpg"'}


@pytest.mark.long
@needs_azurite
def test_azure_takes_a_signed_address_and_no_other(azurite):
    storage = made(**azurite.keys, **REDIRECT, S3_RESULT_REDIRECT_SECONDS=60)
    steps = [lambda it: it.put(RESULT, JPEG), lambda it: it.look(RESULT)]
    _, seen, address = run(storage, *steps, lambda it: it.address(RESULT, SAID))
    assert (seen.size, seen.media_type, address.seconds) == (len(JPEG), "image/jpeg", 60)
    with urllib.request.urlopen(address.url, timeout=30) as answer:
        assert answer.read() == JPEG
        assert answer.headers["Cache-Control"] == SAID["Cache-Control"]
        assert "jpg" in answer.headers["Content-Disposition"]
    for wrong in (address.url.replace("sp=r", "sp=rd"), address.url.replace("7777", "7778")):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(wrong, timeout=30)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(urllib.request.Request(address.url, method="DELETE"), timeout=30)


def test_without_a_key_results_are_answered(small):
    for keys in ({"AZURE_ANONYMOUS": True}, {"AZURE_STORAGE_SAS_TOKEN": "sig=1"}):
        storage = made(AZURE_ENDPOINT=small.url, **REDIRECT, **keys)
        assert run(storage, lambda it: it.put(RESULT, JPEG), lambda it: it.look(RESULT))[1] is None


def test_the_signature_of_an_address_is_that_of_azures_library():
    """Made with azure-storage-blob 12.31: generate_blob_sas for the same blob and time."""
    account = Account("acct", "https://acct.blob.core.windows.net", "c2VjcmV0IGtleQ==")
    query = parse_qs(signature_for(account, "container/a/b é.png", 600, 1767323045.0, SAID))
    assert query["se"] == ["2026-01-02T03:14:05Z"]
    assert query["sig"] == ["jH4mKqEDPYcH5uw9vc4lNmuNiyt7L+dRb6ba1U47z/M="]


def test_a_purge_hides_results_that_have_no_note(small):
    key = Key(Kind.RESULT, "/1x1/a.jpg", made_of=("a.jpg", "mark.png"))
    root = {"AZURE_RESULT_STORAGE_ROOT_PATH": "r"}
    found = lambda it: it.get(key)  # noqa: E731
    run(nameless(small, **root), lambda it: it.put(key, b"of another server"))
    steps = [found, lambda it: it.purge("mark.png"), found, lambda it: it.put(key, b"anew"), found]
    before, _, hidden, _, after = run(nameless(small, S3_PURGE_INDEX=True, **root), *steps)
    assert (before.body, hidden, after.body) == (b"of another server", None, b"anew")
