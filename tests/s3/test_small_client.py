"""The small client of S3: signatures as botocore makes them, and the promises of the other one."""

from __future__ import annotations

import asyncio
import socket
import time
from datetime import datetime

import pytest

pytest.importorskip("boto3")

from s3_server import ACCESS, SECRET, FakeS3, Versity, needs_versitygw
from thumborlike.loaders import s3 as loader
from thumborlike.storages import s3 as storage

from thumborlike.s3 import by_curl, failures
from thumborlike.s3.access import client_of, credentials_of
from thumborlike.s3.client import Client
from thumborlike.s3.places import Access, Limits
from thumborlike.s3.signature import Asked, Credentials, Signer, path_of, query_of
from thumborlike.testing import environment, loader_checks, size_checks, storage_checks

KEYS = ("a.jpg", "b c/+%é日(1)!*'~.jpg", "//x//", "a=b&c;d,e:@$", "-._~/A")
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
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def client(url, seconds=5.0, attempts=3, **how) -> Client:
    made = client_of(Access(endpoint=url, small=True, **how), Limits(seconds, 4, attempts))
    assert type(made._make()).__name__ == "CurlCalls"
    return made


def run(work):
    return asyncio.run(work)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("method, body", [("GET", b""), ("PUT", b"some bytes")])
def test_signatures_are_those_of_botocore(key, token, method, body):
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as Theirs

    fields = {"prefix": key, "list-type": "2"} if method == "GET" else {}
    headers = {"Cache-Control": "max-age=5,public", "x-amz-meta-cache-tag": "a,b"}
    path, query = path_of(f"bucket/{key}"), query_of(fields)
    url = f"http://h.example:9{path}{'?' if query else ''}{query}"
    request = AWSRequest(method, url, headers=dict(headers), data=body)
    S3SigV4Auth(Theirs(ACCESS, SECRET, token), "s3", "eu-west-1").add_auth(request)
    when = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
    ours = Signer(Credentials(ACCESS, SECRET, token), "eu-west-1").headers(
        Asked(method, "h.example:9", path, query), headers, body, when.timestamp()
    )
    assert ours["authorization"] == request.headers["Authorization"]


@pytest.mark.parametrize("key", KEYS)
def test_urls_are_signed_as_botocore_does(key, monkeypatch):
    import boto3
    from botocore.config import Config

    small = client("http://h.example:9")
    made = boto3.client(
        "s3", endpoint_url="http://h.example:9", region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )  # fmt: skip
    for _ in range(5):  # until both are of the same second
        url = run(small.presigned("bucket", key, 300))
        what = {"Bucket": "bucket", "Key": key}
        theirs = made.generate_presigned_url("get_object", Params=what, ExpiresIn=300)
        if sorted(url.split("?")[1].split("&")) == sorted(theirs.split("?")[1].split("&")):
            break
    assert url.split("?")[0] == theirs.split("?")[0]
    assert sorted(url.split("?")[1].split("&")) == sorted(theirs.split("?")[1].split("&"))
    made.close()
    run(small.close())


def environment_of(url, **more):
    return environment(S3_CLIENT="small", S3_ENDPOINT=url, S3_LOADER_BUCKET="bucket",
                       S3_LOADER_ROOT_PATH="root", S3_STORAGE_BUCKET="bucket", **more)  # fmt: skip


@pytest.fixture
def fake():
    with FakeS3() as server:
        names = ("a.jpg", "some/b c.jpg", "pl+us%.jpg", "maracujá/日.jpg")
        for body, key in zip(BODIES.values(), names, strict=True):
            server.objects[f"bucket/root/{key}"] = (body, {})
        yield server


@pytest.mark.parametrize("check", loader_checks(), ids=str)
def test_promises_of_the_loader(check, fake):
    check(lambda **more: loader.create(environment_of(fake.url, **more)), BODIES, "missing.jpg")


@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_promises_of_the_storage(check, fake):
    check(lambda **more: storage.create(environment_of(fake.url, **more)))


@pytest.mark.parametrize(
    "fault, kind",
    [
        ((404, "NoSuchKey"), failures.Missing),
        ((403, "AccessDenied"), failures.Denied),
        ((503, "SlowDown"), failures.Throttled),
        ((500, "InternalError"), failures.Broken),
        ((301, "PermanentRedirect"), failures.Misconfigured),
        ((400, "ExpiredToken"), failures.Misconfigured),
        ("reset", failures.Broken),
        ("cut", failures.Broken),
    ],
)
def test_failures_are_told_apart(fault, kind, fake):
    fake.always = fault
    small = client(fake.url)
    with pytest.raises(kind) as raised:
        run(small.get("bucket", "root/a.jpg", 1000))
    assert type(raised.value) is kind
    assert str(raised.value) == failures.TEXTS[kind]
    run(small.close())


def test_what_passes_is_tried_again(fake):
    fake.faults = [(503, "SlowDown"), "reset"]
    small = client(fake.url)
    assert run(small.get("bucket", "root/a.jpg")).body == b"first"
    run(small.close())


def test_silence_and_endless_bodies_end(fake):
    fake.always = "silent"
    small = client(fake.url, 0.3, 1)
    began = time.monotonic()
    with pytest.raises(failures.Late):
        run(small.get("bucket", "root/a.jpg"))
    fake.always = "endless"
    with pytest.raises(failures.TooLarge):
        run(client(fake.url).get("bucket", "root/a.jpg", 100_000))
    assert time.monotonic() - began < 20
    run(small.close())


def test_connections_are_kept(fake):
    small = client(fake.url)

    async def often():
        for _ in range(20):
            await small.get("bucket", "root/a.jpg")

    run(often())
    assert fake.connections <= 4
    run(small.close())


def test_credentials_that_are_at_hand_need_no_boto3():
    assert credentials_of(Access(), {}) is None
    given = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "t"}
    assert credentials_of(Access(), given) == Credentials("a", "b", "t")


def test_credentials_that_have_to_be_looked_for_are_renewed(monkeypatch, tmp_path, fake):
    """As those of roles: a program gives some that are about to expire, then others."""
    program = tmp_path / "give"
    program.write_text(
        "#!/bin/sh\necho x >> " + str(tmp_path / "asked") + "\n"
        'echo "{\\"Version\\": 1, \\"AccessKeyId\\": \\"found$(wc -l < '
        + str(tmp_path / "asked")
        + ')\\", \\"SecretAccessKey\\": \\"s\\", \\"SessionToken\\": \\"t\\", \\"Expiration\\": '
        '\\"$(date -u -d +30sec +%Y-%m-%dT%H:%M:%SZ)\\"}"\n'
    )
    program.chmod(0o700)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    made = client_of(Access(endpoint=fake.url, small=True), Limits(20.0))
    signed = [made._calls()._who().key for _ in range(2)]
    assert signed[0] != signed[1] and signed[0].startswith("found")
    fake.objects["bucket/a"] = (b"body", {})
    assert run(made.get("bucket", "a")).body == b"body"
    run(made.close())


def test_no_credentials_anywhere_are_a_fault_of_the_configuration(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    made = client_of(Access(endpoint="http://127.0.0.1:9", small=True), Limits(20.0))
    with pytest.raises(failures.Misconfigured):
        run(made.get("bucket", "a"))


def test_a_bucket_in_another_region_is_found_there_once_and_for_all(fake, monkeypatch):
    """Amazon alone does so; here all of its hosts are the same server."""
    hosts = []

    def place(self, bucket, key):
        hosts.append(real(self, bucket, key)[1])
        return fake.url, hosts[-1], f"/{bucket}/{key}"

    real = by_curl._Where.place
    monkeypatch.setattr(by_curl._Where, "place", place)
    fake.objects["bucket/a"] = (b"body", {})
    small = client_of(Access("us-east-1", small=True), Limits(20.0))
    fake.faults.append((301, "PermanentRedirect"))
    fake.region = "eu-west-1"
    assert [run(small.get("bucket", "a")).body for _ in range(2)] == [b"body"] * 2
    run(small.close())
    assert hosts == [
        f"bucket.s3.{each}.amazonaws.com" for each in ("us-east-1", *2 * ["eu-west-1"])
    ]


def test_profiles_are_left_to_boto3(monkeypatch):
    made = client_of(Access(small=True), Limits(1.0))
    assert type(made._make()).__name__ == "CurlCalls"
    monkeypatch.setenv("AWS_PROFILE", "some")
    made = client_of(Access(small=True), Limits(1.0))
    monkeypatch.delenv("AWS_PROFILE")
    assert type(made._make()).__name__ == "BotoCalls"


def test_no_credential_is_ever_shown():
    assert SECRET not in repr(Signer(Credentials(ACCESS, SECRET), "eu-west-1"))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with Versity(tmp_path_factory.mktemp("versity"), port) as running:
        yield running


@needs_versitygw
@pytest.mark.parametrize("key", ["a.jpg", "b c/+%é日(1)!*'~.jpg", "a=b&c;d,e:@$.jpg"])
def test_a_real_s3_accepts_what_is_signed(key, real):
    import urllib.request

    small = client(real.url)

    async def work():
        await small.put("bucket", key, b"body", ContentType="image/x", Metadata={"cache-tag": "t"})
        assert await small.exists("bucket", key)
        assert (await small.get("bucket", key)).body == b"body"
        assert key in await small.list_page("bucket", key[:1])
        url = await small.presigned("bucket", key, 60)
        await small.close()
        return url

    with urllib.request.urlopen(run(work()), timeout=10) as answer:
        assert answer.read() == b"body"
        assert answer.headers["Content-Type"] == "image/x"
        assert answer.headers["x-amz-meta-cache-tag"] == "t"


@needs_versitygw
def test_a_real_s3_refuses_a_wrong_secret(real):
    small = client(real.url, access_key=ACCESS, secret_key="wrong")
    with pytest.raises(failures.Misconfigured):
        run(small.get("bucket", "a.jpg"))
    run(small.close())


@pytest.mark.parametrize("check", size_checks(), ids=str)
def test_sizes(check, fake):
    def make(**more):
        return loader.create(environment_of(fake.url, MAX_SOURCE_SIZE=1000, **more))

    check(make, "some/b%20c.jpg")
