"""Entries in Google Cloud Storage: promises, names, tokens, and what becomes of failures."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from gcs_server import Emulator, SmallGoogle, needs_fake_gcs
from redis_server import free_port
from thumborlike.storages import gcs

from thumborlike.clouds.google_signing import Signer
from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.interfaces import Key, Kind
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
RESULT = Key(Kind.RESULT, "/unsafe/30x20/a%20b.jpg")


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def small():
    with SmallGoogle() as server:
        yield server


@pytest.fixture(scope="module")
def emulator():
    with Emulator(free_port()) as server:
        yield server


def made(url, **more):
    number = next(NUMBERS)
    keys = {
        "GCS_ENDPOINT": url, "GCS_STORAGE_BUCKET": "bucket", "GCS_ANONYMOUS": True,
        "GCS_STORAGE_ROOT_PATH": f"{number}/s", "GCS_RESULT_STORAGE_ROOT_PATH": f"{number}/r",
        "S3_TIMEOUT_SECONDS": 20.0, **more,
    }  # fmt: skip
    return gcs.create(environment(**keys))


def run(storage, *steps):
    async def all_of_them():
        try:
            return [await step(storage) for step in steps]
        finally:
            await storage.close()

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("check", storage_checks(large=4 << 20), ids=str)
def test_promises(check, small):
    check(lambda: made(small.url))


@pytest.mark.parametrize("check", [*purge_checks(), *tended_checks()], ids=str)
def test_purging_and_tending(check, small):
    check(lambda: made(small.url, S3_PURGE_INDEX=True))


@pytest.mark.parametrize("check", too_old_checks(1000), ids=str)
def test_what_is_too_old_is_not_served(check, small):
    check(lambda: made(small.url))


@pytest.mark.long
@needs_fake_gcs
@pytest.mark.parametrize("check", [*storage_checks(), *too_old_checks(1000)], ids=str)
def test_promises_on_an_emulator(check, emulator):
    check(lambda: made(emulator.url))


@pytest.mark.long
@needs_fake_gcs
@pytest.mark.parametrize("check", [*purge_checks(), *tended_checks()], ids=str)
def test_purging_and_tending_on_an_emulator(check, emulator):
    check(lambda: made(emulator.url, S3_PURGE_INDEX=True))


@pytest.mark.parametrize("check", dead_storage_checks(), ids=str)
def test_one_that_is_away(check):
    check(lambda: made(f"http://127.0.0.1:{free_port()}", S3_TIMEOUT_SECONDS=1.0))


def test_results_lie_where_thumbor_gcs_puts_them(small):
    keys = {"GCS_RESULT_STORAGE_ROOT_PATH": "", "GCS_STORAGE_ROOT_PATH": "s"}
    webp = Key(Kind.RESULT, RESULT.name, "auto_webp")
    run(
        made(small.url, **keys),
        lambda it: it.put(RESULT, b"\x89PNG\r\n\x1a\n"),
        lambda it: it.put(webp, b"body"),
    )
    name = hashlib.sha1(b"/unsafe/30x20/a b.jpg").hexdigest()
    place = f"{name[:2]}/{name[2:4]}/{name[4:]}"
    assert {*small.objects} == {f"bucket/default/{place}", f"bucket/auto_webp/{place}"}
    assert small.objects[f"bucket/default/{place}"][1]["contentType"] == "image/png"


def test_keys_of_thumbor_gcs_are_read(small, tmp_path):
    from thumborlike.plugins import PluginEnvironment
    from thumborlike.settings.reader import load

    conf = tmp_path / "a.conf"
    conf.write_text(
        'RESULT_STORAGE = "thumbor_gcs.result_storage.gcs_result_storage"\n'
        'LOADER = "thumbor_gcs.loader.gcs_loader"\n'
        'RESULT_STORAGE_GCS_BUCKET_ID = "bucket"\nRESULT_STORAGE_GCS_PROJECT_ID = "p"\n'
        'LOADER_GCS_BUCKET_ID = "originals"\nLOADER_GCS_ROOT_PATH = "o"\n'
        f'GCS_ENDPOINT = "{small.url}"\nGCS_ANONYMOUS = True\n'
    )
    loaded = load(conf)
    assert not [each for each in loaded.warnings if "unknown" in each]
    env = PluginEnvironment.of(loaded, None)
    run(env.storage(loaded.settings.storage.result_storage), lambda it: it.put(RESULT, b"x"))
    assert len(small.objects) == 1
    env.loader(loaded.settings.storage.loader)


def test_lists_go_on_where_pages_end(small):
    small.page = 3
    keys = [Key(Kind.RESULT, f"/{number}x1/a.jpg") for number in range(10)]
    storage = made(small.url)
    run(storage, *[lambda it, key=key: it.put(key, b"body") for key in keys])
    _, results = made(small.url, GCS_RESULT_STORAGE_ROOT_PATH=storage._results.root).stats()
    assert (results.name[:12], results.entries) == ("gs://bucket/", 10)


@pytest.mark.parametrize("faults", [[429], [503], [500], [502, 503]])
def test_what_passes_is_tried_again(small, faults):
    small.faults = [*faults]
    assert run(made(small.url), lambda it: it.put(SOURCE, b"x"), lambda it: it.get(SOURCE))[1].body


@pytest.mark.parametrize("status", [400, 401, 403, 412, 501])
def test_what_does_not_pass_is_told(small, status):
    small.faults = [status] * 9
    with pytest.raises(StorageError, match="Google does not keep what it should"):
        run(made(small.url), lambda it: it.put(SOURCE, b"x"))


def test_the_machine_gives_a_token_once(small, monkeypatch):
    small.token = "good"
    monkeypatch.setenv("GCE_METADATA_HOST", small.url.removeprefix("http://"))
    steps = [lambda it: it.put(SOURCE, b"x"), lambda it: it.get(SOURCE)]
    found = run(made(small.url, GCS_ANONYMOUS=False), *steps, *steps)[-1]
    assert found.body == b"x"
    assert small.asked_for_tokens == [("metadata", "Google")]


def test_a_token_that_is_refused_is_replaced(small, monkeypatch):
    small.token = "first"
    monkeypatch.setenv("GCE_METADATA_HOST", small.url.removeprefix("http://"))

    async def another(storage):
        small.token = "second"
        with pytest.raises(StorageError):
            await storage.put(SOURCE, b"y")

    put = lambda it: it.put(SOURCE, b"x")  # noqa: E731
    run(made(small.url, GCS_ANONYMOUS=False), put, another, put)
    assert len(small.asked_for_tokens) == 2


def test_a_token_near_its_end_is_used_while_there_is_no_other(small, monkeypatch):
    from thumborlike.clouds.tokens import Token, Tokens
    from thumborlike.s3.failures import Broken, trouble

    now, asked = [1000.0], []

    def fetch(end):
        asked.append(end)
        if len(asked) > 1:
            raise trouble(Broken)
        return Token("secret", now[0] + 400)

    monkeypatch.setattr("thumborlike.clouds.tokens.time.time", lambda: now[0])
    tokens = Tokens(fetch)
    assert [tokens(0), tokens(0)] == ["secret", "secret"]
    now[0] += 200
    assert tokens(0) == "secret"
    assert len(asked) == 2
    now[0] += 201
    with pytest.raises(Broken):
        tokens(0)
    assert "secret" not in repr(Token("secret", 0))


def test_no_service_account_and_no_file(monkeypatch):
    monkeypatch.setenv("GCE_METADATA_HOST", f"127.0.0.1:{free_port()}")
    with pytest.raises(StorageError) as caught:
        run(made("http://127.0.0.1:1", GCS_ANONYMOUS=False), lambda it: it.put(SOURCE, b"x"))
    assert "GCS_ANONYMOUS sends none" in caught.value.__cause__.why


@pytest.fixture
def account(small, tmp_path):
    """A file with a key of a service account, and the public half of that."""
    pytest.importorskip("google.auth")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(65537, 2048)
    key = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "account.json"
    told = {
        "type": "service_account", "client_email": "me@p.iam.gserviceaccount.com",
        "private_key": key.decode(), "token_uri": f"{small.url}/token", "private_key_id": "1",
    }  # fmt: skip
    path.write_text(json.dumps(told))
    small.token = "good"
    return str(path), made.public_key()


def test_a_service_account_of_a_file(small, account):
    keys = {"GCS_ANONYMOUS": False, "GCS_CREDENTIALS_FILE": account[0]}
    steps = [lambda it: it.put(SOURCE, b"x"), lambda it: it.get(SOURCE)]
    assert run(made(small.url, **keys), *steps)[1].body == b"x"
    ((kind, asked),) = small.asked_for_tokens
    assert (kind, "jwt-bearer" in asked) == ("file", True)


REDIRECT = {"S3_RESULT_REDIRECT": True, "S3_RESULT_REDIRECT_BYTES": 10}
JPEG = b"\xff\xd8\xff" + b"x" * 20
SAID = {"Cache-Control": "max-age=7777,public", "Content-Disposition": 'inline; filename="é.jpg"'}


def test_an_address_is_signed_by_the_key_of_a_service_account(small, account):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    path, public = account
    storage = made(small.url, GCS_ANONYMOUS=False, GCS_CREDENTIALS_FILE=path, **REDIRECT)
    steps = [lambda it: it.put(RESULT, JPEG), lambda it: it.address(RESULT, SAID)]
    url = run(storage, *steps)[1].url
    query = parse_qs(urlsplit(url).query)
    asked, _, signature = url.partition("&X-Goog-Signature=")
    place, _, fields = asked.removeprefix(small.url).partition("?")
    host = urlsplit(url).netloc
    lines = ["GET", place, fields, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    (date,), (who,) = query["X-Goog-Date"], query["X-Goog-Credential"]
    text = "\n".join(["GOOG4-RSA-SHA256", date, who.partition("/")[2], digest])
    public.verify(bytes.fromhex(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert who.startswith("me@p.iam.gserviceaccount.com/")
    assert query["response-cache-control"] == [SAID["Cache-Control"]]


def test_what_is_signed_is_what_googles_library_signs():
    """Made with google-cloud-storage 3.17: generate_signed_url_v4 for the same object and time."""
    signer = Signer("me@p", lambda text: hashlib.sha256(text).digest())
    path = "/bucket/a/b%20%C3%A9~.png"
    query = signer.query("storage.googleapis.com", path, 600, 1767323045.0, SAID)
    assert query.partition("&X-Goog-Signature=")[2] == GOLDEN


GOLDEN = "254deca1fdf48e0040b41fcaf69b33c57c7109f7e10adc06c82ef126c232e8de"


def test_without_a_key_results_are_answered(small):
    steps = [lambda it: it.put(RESULT, JPEG), lambda it: it.look(RESULT)]
    assert run(made(small.url, **REDIRECT), *steps)[1] is None


def test_a_file_that_holds_nothing_useful(small, tmp_path):
    pytest.importorskip("google.auth")
    path = tmp_path / "account.json"
    path.write_text("{}")
    keys = {"GCS_ANONYMOUS": False, "GCS_CREDENTIALS_FILE": str(path)}
    with pytest.raises(StorageError):
        run(made(small.url, **keys), lambda it: it.get(SOURCE))


def test_no_bucket():
    with pytest.raises(ConfigurationError, match="GCS_STORAGE_BUCKET"):
        gcs.create(environment())


def test_a_purge_hides_results_that_have_no_note(small):
    key = Key(Kind.RESULT, "/1x1/a.jpg", made_of=("a.jpg", "mark.png"))
    root = {"GCS_RESULT_STORAGE_ROOT_PATH": "r"}
    found = lambda it: it.get(key)  # noqa: E731
    run(made(small.url, **root), lambda it: it.put(key, b"of another server"))
    steps = [found, lambda it: it.purge("mark.png"), found, lambda it: it.put(key, b"anew"), found]
    before, _, hidden, _, after = run(made(small.url, S3_PURGE_INDEX=True, **root), *steps)
    assert (before.body, hidden, after.body) == (b"of another server", None, b"anew")
