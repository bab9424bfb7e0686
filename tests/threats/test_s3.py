"""An S3 that denies, throttles, stalls, lies or dies; names that want more than they may have."""

import asyncio
import contextlib
import logging
import time
from itertools import count
from pathlib import Path

import pytest

pytest.importorskip("boto3")

from redis_server import free_port
from s3_server import ACCESS, SECRET, FakeS3, Versity, needs_versitygw

from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

PHOTO = (Path(__file__).parents[1] / "pictures" / "photo.jpg").read_bytes()
TOKEN = "a-session-token"
CLIENTS = pytest.mark.parametrize("client", ["boto3", "small"])
NEVER_TOLD = (ACCESS, SECRET, TOKEN, "secret words of S3", "Signature", "X-Amz", "Credential=")


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def fake():
    with FakeS3() as server:
        server.objects["originals/root/a.jpg"] = (PHOTO, {})
        server.objects["originals/outside.jpg"] = (PHOTO, {})
        server.objects["other/root/a.jpg"] = (PHOTO, {})
        yield server


@pytest.fixture
def configured(tmp_path):
    def make(url, **keys):
        conf = tmp_path / "thumbor.conf"
        values = {
            "ALLOW_UNSAFE_URL": True,
            "LOADER": "s3",
            "STORAGE": "no",
            "S3_ENDPOINT": url,
            "S3_REGION": "us-east-1",
            "S3_LOADER_BUCKET": "originals",
            "S3_LOADER_ROOT_PATH": "root",
            "S3_LOADER_TIMEOUT_SECONDS": 30.0,
            "SOURCE_FAILURE_SECONDS": 0,
            **keys,
        }
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        return load(conf)

    return make


@contextlib.asynccontextmanager
async def serving(loaded):
    service = build(loaded)

    async def get(path):
        return await service.handle(Request("GET", path))

    try:
        yield get
        await asyncio.wait_for(service._pipeline.landed(), 30)
    finally:
        await service.drain(30)


def answers(loaded, *paths):
    async def all_of_them():
        async with serving(loaded) as get:
            return [await get(path) for path in paths]

    return asyncio.run(all_of_them())


def told(answer):
    """All that a client sees."""
    return repr(answer.headers) + repr(answer.body)


@CLIENTS
def test_no_name_leaves_the_prefix(client, fake, configured):
    names = (
        "../outside.jpg", "%2E%2E/outside.jpg", "..%2Foutside.jpg", "x/../../outside.jpg",
        "%252E%252E/outside.jpg", "./../outside.jpg", "..%5Coutside.jpg", "a.jpg%00/../x",
        "%2Foriginals%2Foutside.jpg", "s3:originals/outside.jpg", "x" * 1100,
    )  # fmt: skip
    found = answers(configured(fake.url, S3_CLIENT=client), *(f"/unsafe/{each}" for each in names))
    assert {each.status for each in found} <= {400, 404}
    assert all(name.startswith("originals/root/") for _, name in fake.calls)


@CLIENTS
def test_a_bucket_is_never_taken_from_the_path_unless_it_is_allowed(client, fake, configured):
    names = ("other/root/a.jpg", "s3:other/root/a.jpg", "s3%3A//other/root/a.jpg")
    paths = [f"/unsafe/{each}" for each in names]
    keys = {"S3_CLIENT": client}
    assert {each.status for each in answers(configured(fake.url, **keys), *paths)} == {404}
    assert all(name.startswith("originals/root/") for _, name in fake.calls)
    fake.calls.clear()
    keys |= {"S3_LOADER_BUCKET": None, "S3_LOADER_ROOT_PATH": ""}
    loaded = configured(fake.url, **keys, S3_ALLOWED_BUCKETS=["originals"])
    assert {each.status for each in answers(loaded, *paths)} <= {400, 403, 404}
    assert fake.calls == [], "what is not allowed is not asked for"
    loaded = configured(fake.url, **keys, S3_ALLOWED_BUCKETS=["other"])
    assert {each.status for each in answers(loaded, *paths)} == {200}


FAULTS = [
    ((404, "NoSuchKey"), 404),
    ((403, "AccessDenied"), 404),
    ((403, "SignatureDoesNotMatch"), 502),
    ((403, "InvalidAccessKeyId"), 502),
    ((400, "ExpiredToken"), 502),
    ((404, "NoSuchBucket"), 502),
    ((301, "PermanentRedirect"), 502),
    ((503, "SlowDown"), 503),
    ((500, "InternalError"), 502),
    ("reset", 502),
    ("cut", 502),
    ("endless", 400),
]


@CLIENTS
def test_no_answer_and_no_log_tells_a_secret(client, fake, configured, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("botocore", "urllib3", "boto3"):  # their debug lines are nobody's but theirs
        caplog.set_level(logging.INFO, name)

    async def each_of_them():
        async with serving(configured(fake.url, S3_CLIENT=client, MAX_SOURCE_SIZE=1 << 20)) as get:
            for fault, status in FAULTS:
                fake.always = fault
                answer = await get("/unsafe/a.jpg")
                assert answer.status == status, fault
                for secret in (*NEVER_TOLD, "originals", "root/", "127.0.0.1", "boto"):
                    assert secret not in told(answer), fault

    asyncio.run(each_of_them())
    log = caplog.text.replace("403 SignatureDoesNotMatch", "")  # S3's word for it, no signature
    for secret in NEVER_TOLD:
        assert secret not in log


@CLIENTS
def test_denied_and_missing_look_alike_unless_configured(client, fake, configured):
    def statuses(**keys):
        found = []
        for fault in ((403, "AccessDenied"), (404, "NoSuchKey")):
            fake.always = fault
            loaded = configured(fake.url, S3_CLIENT=client, **keys)
            (answer,) = answers(loaded, "/unsafe/a.jpg")
            found.append((answer.status, answer.body))
        return found

    denied, missing = statuses()
    assert denied == missing and missing[0] == 404
    denied, missing = statuses(S3_DENIED_STATUS=403)
    assert (denied[0], missing[0]) == (403, 404)


@CLIENTS
def test_a_large_object_is_refused_before_it_is_read(client, fake, configured):
    fake.objects["originals/root/large.jpg"] = (bytes(64 << 20), {})
    loaded = configured(fake.url, S3_CLIENT=client, MAX_SOURCE_SIZE=1 << 20)
    (answer,) = answers(loaded, "/unsafe/large.jpg")
    assert answer.status == 400
    assert fake.sent == 0, "the body was not read to its end"


@CLIENTS
def test_a_silent_s3_holds_its_own_requests_alone_and_not_beyond_the_deadline(
    client, fake, configured, tmp_path
):
    (tmp_path / "b.jpg").write_bytes(PHOTO)
    loaded = configured(
        fake.url, S3_CLIENT=client, S3_LOADER_TIMEOUT_SECONDS=1.0, LOADER="router",
        ROUTER_LOADER_ROUTES=[("slow/", "s3", ""), ("", "file", "")],
        FILE_LOADER_ROOT_PATH=str(tmp_path),
    )  # fmt: skip
    fake.always = "silent"

    async def together():
        async with serving(loaded) as get:
            begun = time.monotonic()
            slow = [asyncio.ensure_future(get(f"/unsafe/slow/{n}.jpg")) for n in range(20)]
            await asyncio.sleep(0.1)
            quick = await get("/unsafe/b.jpg")
            late = await asyncio.gather(*slow)
            return quick.status, late, time.monotonic() - begun

    quick, late, seconds = asyncio.run(together())
    assert quick == 200
    assert {each.status for each in late} == {504}
    assert seconds < 20


def test_results_that_cannot_be_kept_cost_no_answer(fake, configured, tmp_path):
    (tmp_path / "b.jpg").write_bytes(PHOTO)
    loaded = configured(
        fake.url, LOADER="file", FILE_LOADER_ROOT_PATH=str(tmp_path), STORAGE="s3",
        RESULT_STORAGE="s3", S3_STORAGE_BUCKET="results", RESULT_STORAGE_STORES_UNSAFE=True,
        S3_TIMEOUT_SECONDS=0.3, STORAGE_TIMEOUT_SECONDS=0.5,
    )  # fmt: skip
    for fault in ((403, "AccessDenied"), (503, "SlowDown"), "reset", "cut", "silent"):
        fake.always = fault
        assert [each.status for each in answers(loaded, "/unsafe/90x60/b.jpg")] == [200]


@pytest.mark.long
@needs_versitygw
@CLIENTS
def test_an_s3_killed_and_restarted_under_load(client, configured, tmp_path, monkeypatch):
    """Errors while it is away are 502, 503 or 504, in time; then it is used again by itself."""
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    with Versity(tmp_path, free_port()) as real:
        folder = tmp_path / "data" / "originals" / "root"
        folder.mkdir(parents=True)
        for number in range(50):
            (folder / f"{number}.jpg").write_bytes(PHOTO)
        loaded = configured(
            real.url, S3_CLIENT=client, S3_LOADER_TIMEOUT_SECONDS=2.0,
            RESULT_STORAGE="s3", S3_STORAGE_BUCKET="bucket", RESULT_STORAGE_STORES_UNSAFE=True,
            SOURCE_FAILURE_SECONDS=1.0,
        )  # fmt: skip
        before, away, slowest = asyncio.run(_killed_under_load(loaded, real))
    assert before == {200}
    assert away <= {502, 503, 504}
    assert slowest < 20, "two seconds of deadline, and a busy machine"


async def _killed_under_load(loaded, real):
    """Statuses before it died, while it was away, and once it was found again; slowest answer."""
    numbers, seen, stopped = count(), [], asyncio.Event()

    async def visitor(get):
        while not stopped.is_set():
            number, begun = next(numbers), time.monotonic()
            answer = await get(f"/unsafe/{60 + number}x40/{number % 50}.jpg")
            seen.append((begun, time.monotonic(), answer.status))
            await asyncio.sleep(0.02)

    def within(start, end):
        return [status for begun, ended, status in seen if begun > start and ended < end]

    async with serving(loaded) as get:
        visitors = [asyncio.ensure_future(visitor(get)) for _ in range(8)]
        try:
            await _until(lambda: len(seen) >= 20)
            before = [status for *_, status in seen]
            real.kill()
            dead = time.monotonic()
            await _until(lambda: len(within(dead, time.monotonic())) >= 20)
            away = within(dead, time.monotonic())
            await asyncio.get_running_loop().run_in_executor(None, real.start)
            back = time.monotonic()
            await _until(lambda: within(back, time.monotonic())[-20:] == [200] * 20)
        finally:
            stopped.set()
            await asyncio.gather(*visitors)
    return set(before), set(away), max(ended - begun for begun, ended, _ in seen)


async def _until(is_true, seconds=60):
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.05)
