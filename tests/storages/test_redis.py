"""Redis beyond what every storage promises: names, lives, ways to connect, failures."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis_server import RedisServer, free_port, needs_redis
from thumborlike.storages import redis
from thumborlike.storages._breaker import LONGEST, Breaker
from thumborlike.storages._redis_keys import name_of

from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.http.message import Request
from thumborlike.interfaces import Key, Kind, Stored
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.testing import environment

SOURCE = Key(Kind.SOURCE, "img/a.jpg")
RESULT = Key(Kind.RESULT, "/unsafe/100x/a.jpg")
UPLOAD = Key(Kind.SOURCE, "0123456789abcdef0123456789abcdef")
BLOCK_LIST = Key(Kind.SOURCE, "blacklist.txt")
DAY = 86400
PATIENT = {"REDIS_TIMEOUT_SECONDS": 20.0}
"""Where nothing is to be late: a busy machine takes a second for less."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


def raw(port, *command, password=None):
    """The answer of the server, unread: for tests that look behind the storage."""
    with socket.create_connection(("127.0.0.1", port), 5) as talk:
        for words in ([["AUTH", password]] if password else []) + [list(command)]:
            parts = [each if isinstance(each, bytes) else str(each).encode() for each in words]
            talk.sendall(b"*%d\r\n" % len(parts))
            talk.sendall(b"".join(b"$%d\r\n%s\r\n" % (len(each), each) for each in parts))
            answer = talk.recv(65536)
    return answer


@pytest.fixture
def clean(server):
    raw(server.port, "FLUSHALL")
    return server


def made(server, **keys):
    return redis.create(
        environment(**{"REDIS_STORAGE_SERVER_PORT": server.port, **PATIENT, **keys})
    )


def run(storage, scenario):
    """What the scenario gives; the storage is closed."""

    async def whole():
        try:
            return await scenario(storage)
        finally:
            await storage.close()

    return asyncio.run(whole())


# Names: those of tc_redis 2.5, read from its source and seen in a Redis that it filled


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (Key(Kind.SOURCE, "s.example.com/a.jpg"), b"s.example.com/a.jpg"),
        (Key(Kind.SECURITY_KEY, "s.example.com/a.jpg"), b"thumbor-crypto-s.example.com/a.jpg"),
        (Key(Kind.FOCAL_POINTS, "s.example.com/a.jpg"), b"thumbor-detector-s.example.com/a.jpg"),
        (RESULT, b"result:/unsafe/100x/a.jpg"),
        (Key(Kind.RESULT, RESULT.name, "auto_webp"), b"result:/unsafe/100x/a.jpg/webp"),
        (
            Key(Kind.RESULT, RESULT.name, "auto_avif-webp"),
            b"result:/unsafe/100x/a.jpg/auto_avif-webp",
        ),
    ],
)
def test_names_are_those_of_tc_redis(key, name):
    assert name_of(key) == name
    assert name_of(key, "x:") == b"x:" + name


@pytest.mark.parametrize("name", ["thumbor-crypto-a.jpg", "thumbor-detector-a.jpg", "result:/a"])
def test_no_source_is_called_like_the_key_of_another(name):
    """In tc_redis a request for `thumbor-crypto-<source>` reads the stored key as a picture."""
    others = [Key(kind, "a.jpg") for kind in Kind] + [Key(Kind.RESULT, "/a")]
    assert name_of(Key(Kind.SOURCE, name)) not in [name_of(each) for each in others]


@needs_redis
def test_what_tc_redis_has_written_is_found(clean):
    raw(clean.port, "SET", "s.example.com/a.jpg", b"source", "EX", 2_592_000 - 100)
    raw(clean.port, "SET", "result:/unsafe/100x/a.jpg/webp", b"result")
    raw(clean.port, "SET", "thumbor-crypto-s.example.com/a.jpg", b"secret")

    async def scenario(storage):
        return [
            await storage.get(Key(Kind.SOURCE, "s.example.com/a.jpg")),
            await storage.get(Key(Kind.RESULT, "/unsafe/100x/a.jpg", "auto_webp")),
            await storage.get(Key(Kind.SECURITY_KEY, "s.example.com/a.jpg")),
        ]

    found = run(made(clean), scenario)
    assert [each.body for each in found] == [b"source", b"result", b"secret"]
    assert found[0].modified == pytest.approx(time.time() - 100, abs=5)


# Lives


@needs_redis
def test_entries_expire_as_configured_and_what_cannot_be_had_again_does_not(clean):
    async def scenario(storage):
        for key in (SOURCE, RESULT, UPLOAD, BLOCK_LIST, Key(Kind.SECURITY_KEY, "a")):
            await storage.put(key, b"body")

    keys = {"STORAGE_EXPIRATION_SECONDS": 1000, "RESULT_STORAGE_EXPIRATION_SECONDS": 2000}
    run(made(clean, **keys), scenario)

    def left(key):
        return int(raw(clean.port, "TTL", name_of(key))[1:])

    assert 990 <= left(SOURCE) <= 1000
    assert 1990 <= left(RESULT) <= 2000
    assert left(UPLOAD) == left(BLOCK_LIST) == left(Key(Kind.SECURITY_KEY, "a")) == -1


@needs_redis
@pytest.mark.parametrize("expiration", [0, None, DAY])
def test_the_time_of_writing_is_told(clean, expiration):
    async def scenario(storage):
        await storage.put_as_of(RESULT, Stored(b"body", time.time() - 3600))
        return await storage.get(RESULT)

    storage = made(clean, RESULT_STORAGE_EXPIRATION_SECONDS=expiration)
    assert run(storage, scenario).modified == pytest.approx(time.time() - 3600, abs=5)


@needs_redis
def test_a_shorter_expiration_counts_for_what_was_written_before(clean):
    async def put(storage):
        await storage.put(RESULT, b"body")

    async def get(storage):
        return await storage.get(RESULT)

    run(made(clean, RESULT_STORAGE_EXPIRATION_SECONDS=0), put)
    fresh = run(made(clean, RESULT_STORAGE_EXPIRATION_SECONDS=60), get)
    assert fresh.modified == pytest.approx(time.time(), abs=5)
    run(made(clean, RESULT_STORAGE_EXPIRATION_SECONDS=DAY), put)
    old = run(made(clean, RESULT_STORAGE_EXPIRATION_SECONDS=60), get)
    assert old.modified < time.time() - 60


@needs_redis
def test_what_is_older_than_its_life_is_not_kept(clean):
    async def scenario(storage):
        await storage.put_as_of(SOURCE, Stored(b"body", time.time() - 2000))
        return await storage.get(SOURCE)

    assert run(made(clean, STORAGE_EXPIRATION_SECONDS=1000), scenario) is None


@needs_redis
def test_large_entries_are_neither_kept_nor_read(clean):
    raw(clean.port, "SET", name_of(SOURCE), b"x" * 1001)

    async def scenario(storage):
        foreign = await storage.get(SOURCE)
        await storage.put(RESULT, b"x" * 1000)
        full = await storage.get(RESULT)
        await storage.put(RESULT, b"x" * 1001)
        return foreign, len(full.body), await storage.get(RESULT)

    assert run(made(clean, REDIS_MAX_OBJECT_BYTES=1000), scenario) == (None, 1000, None)


# Ways to connect


@needs_redis
def test_a_password_and_a_database(tmp_path):
    with RedisServer(tmp_path, requirepass='"pass word"') as secret:
        right = {"REDIS_STORAGE_SERVER_PASSWORD": "pass word", "REDIS_STORAGE_SERVER_DB": 3}
        by_url = {"REDIS_STORAGE_URL": f"redis://default:pass%20word@127.0.0.1:{secret.port}/3"}

        async def put(storage):
            await storage.put(SOURCE, b"body")

        async def get(storage):
            return await storage.get(SOURCE)

        run(made(secret, **right), put)
        assert run(made(secret, **by_url), get).body == b"body"
        assert run(made(secret, **{**right, "REDIS_STORAGE_SERVER_DB": 0}), get) is None
        with pytest.raises(StorageError):
            run(made(secret), get)


@needs_redis
def test_a_unix_socket(tmp_path):
    with RedisServer(tmp_path, unixsocket=tmp_path / "s"):
        keys = {"REDIS_STORAGE_URL": f"unix://{tmp_path / 's'}", **PATIENT}
        storage = redis.create(environment(**keys))
        assert run(storage, _round_trip) == b"body"


@needs_redis
def test_tls(tmp_path):
    authority, certificate, key = _certificates(tmp_path)
    port = free_port()
    options = {"tls_port": port, "tls_cert_file": certificate, "tls_key_file": key}
    with RedisServer(tmp_path, tls_ca_cert_file=authority, tls_auth_clients="no", **options):
        keys = {"REDIS_STORAGE_URL": f"rediss://localhost:{port}", **PATIENT}
        trusted = redis.create(environment(**keys, REDIS_TLS_CA_FILE=str(authority)))
        assert run(trusted, _round_trip) == b"body"
        with pytest.raises(StorageError):
            run(redis.create(environment(**keys)), _round_trip)


@needs_redis
def test_sentinels_tell_where_the_master_is(tmp_path):
    with RedisServer(tmp_path / "master") as master:
        told = {"sentinel": f"monitor thumbs 127.0.0.1 {master.port} 1"}
        with RedisServer(tmp_path / "sentinel", watches=True, **told) as sentinel:
            keys = {
                "REDIS_STORAGE_MODE": "sentinel",
                "REDIS_SENTINEL_STORAGE_INSTANCES": f"localhost:{sentinel.port}",
                "REDIS_SENTINEL_STORAGE_MASTER_INSTANCE": "thumbs",
                **PATIENT,
            }
            assert run(redis.create(environment(**keys)), _round_trip) == b"body"
        assert raw(master.port, "EXISTS", name_of(SOURCE)) == b":1\r\n"


@needs_redis
def test_a_cluster(tmp_path):
    with RedisServer(tmp_path, cluster_enabled="yes") as node:
        raw(node.port, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        for _ in range(1200):
            if b"cluster_state:ok" in raw(node.port, "CLUSTER", "INFO"):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("it becomes no cluster")
        keys = {
            "REDIS_STORAGE_MODE": "cluster",
            "REDIS_CLUSTER_STORAGE_STARTUP_INSTANCES": f"127.0.0.1:{node.port}",
            **PATIENT,
        }
        assert run(redis.create(environment(**keys)), _round_trip) == b"body"


@needs_redis
def test_results_may_have_a_redis_of_their_own(clean, tmp_path):
    async def both(storage):
        await storage.put(SOURCE, b"body")
        await storage.put(RESULT, b"body")

    with RedisServer(tmp_path) as other:
        keys = {
            "REDIS_RESULT_STORAGE_SERVER_HOST": "127.0.0.1",
            "REDIS_RESULT_STORAGE_SERVER_PORT": other.port,
            "REDIS_RESULT_STORAGE_KEY_PREFIX": "r:",
        }
        run(made(clean, **keys), both)
        assert raw(clean.port, "EXISTS", name_of(SOURCE)) == b":1\r\n"
        assert raw(clean.port, "EXISTS", name_of(RESULT)) == b":0\r\n"
        assert raw(other.port, "EXISTS", name_of(RESULT, "r:")) == b":1\r\n"
    run(made(clean, REDIS_RESULT_STORAGE_SERVER_DB=2), both)
    assert raw(clean.port, "EXISTS", name_of(RESULT)) == b":0\r\n"


@pytest.mark.parametrize(
    "keys",
    [
        {"REDIS_STORAGE_URL": "http://localhost"},
        {"REDIS_STORAGE_MODE": "sentinel"},
        {"REDIS_STORAGE_MODE": "two_nodes"},
        {"REDIS_STORAGE_MODE": "cluster", "REDIS_CLUSTER_STORAGE_STARTUP_INSTANCES": "host:port"},
    ],
)
def test_what_cannot_be_a_redis_stops_the_start(keys):
    with pytest.raises(ConfigurationError):
        redis.create(environment(**keys))


def test_passwords_are_not_shown():
    keys = {"REDIS_STORAGE_URL": "redis://:hidden@h", "REDIS_STORAGE_SERVER_PASSWORD": "hidden"}
    assert "hidden" not in repr(environment(**keys).section(redis.SETTINGS))


# Failures


@needs_redis
def test_it_comes_back_without_a_restart(tmp_path):
    server = RedisServer(tmp_path)

    async def scenario(storage):
        await storage.put(SOURCE, b"body")
        server.kill()
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(StorageError):
                await storage.get(SOURCE)
        took = time.monotonic() - began
        server.start()
        for _ in range(int(LONGEST * 1000)):
            try:
                return took, await storage.get(SOURCE)
            except StorageError:
                await asyncio.sleep(0.02)
        raise AssertionError("it is not found again")

    with server:
        server.chosen = False  # it comes back where it was
        took, found = run(made(server), scenario)
    assert took < PATIENT["REDIS_TIMEOUT_SECONDS"], "while it is away failures are quick"
    assert found is None


@needs_redis
def test_one_that_hangs_costs_its_deadline_once(tmp_path):
    with RedisServer(tmp_path) as server:

        async def scenario(storage):
            await storage.put(SOURCE, b"body")
            os.kill(server.process.pid, signal.SIGSTOP)
            began = time.monotonic()
            for _ in range(20):
                with pytest.raises(StorageError):
                    await storage.get(SOURCE)
            took = time.monotonic() - began
            os.kill(server.process.pid, signal.SIGCONT)
            for _ in range(3000):
                await asyncio.sleep(0.02)
                try:
                    return took, await storage.get(SOURCE)
                except StorageError:
                    continue
            return took, None

        took, found = run(made(server, REDIS_TIMEOUT_SECONDS=1.0), scenario)
    assert took < 10, "one deadline, not twenty"
    assert found.body == b"body"


@needs_redis
def test_what_it_refuses_is_no_outage(clean):
    raw(clean.port, "LPUSH", name_of(SOURCE), "a list")

    async def scenario(storage):
        with pytest.raises(StorageError, match="refuses"):
            await storage.get(SOURCE)
        await storage.put(RESULT, b"body")
        return await storage.get(RESULT)

    assert run(made(clean), scenario).body == b"body"


def test_a_breaker_lets_one_try_and_all_when_that_works():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    now[0] += 1
    assert [breaker.allows() for _ in range(5)] == [True, False, False, False, False]
    for _ in range(10):
        breaker.failed()
        now[0] += LONGEST * 1.25
        assert breaker.allows()
    breaker.succeeded()
    assert all(breaker.allows() for _ in range(5))


def test_redis_is_not_imported_unless_configured():
    code = (
        "import sys, thumborlike.storages.redis, thumborlike.storages.tiered;"
        "import thumborlike.service; sys.exit('redis' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def _round_trip(storage):
    await storage.put(SOURCE, b"body")
    stored = await storage.get(SOURCE)
    return stored.body if stored else None


def _certificates(folder):
    """An authority, and a certificate of it for localhost."""
    authority, certificate, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    ca_key, wanted, names = folder / "ca.key", folder / "wanted.pem", folder / "names"
    names.write_text("subjectAltName=DNS:localhost\nauthorityKeyIdentifier=keyid")
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    of = ["-CA", authority, "-CAkey", ca_key, "-CAcreateserial", "-extfile", names]
    for command in (
        [
            *new,
            "/CN=authority",
            "-addext",
            "keyUsage=critical,keyCertSign",
            "-x509",
            "-keyout",
            ca_key,
            "-out",
            authority,
            "-days",
            "2",
        ],
        [*new, "/CN=localhost", "-keyout", key, "-out", wanted],
        ["openssl", "x509", "-req", "-in", wanted, *of, "-out", certificate, "-days", "2"],
    ):
        subprocess.run([str(each) for each in command], check=True, capture_output=True)
    return authority, certificate, key


@needs_redis
@pytest.mark.parametrize("how", ["kill", "hang"])
def test_clients_notice_nothing_of_a_redis_that_dies_and_comes_back(tmp_path, how):
    pictures = Path(__file__).parent.parent / "pictures"
    server = RedisServer(tmp_path / "redis")
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(pictures),
        "STORAGE": "redis",
        "RESULT_STORAGE": "redis",
        "RESULT_STORAGE_STORES_UNSAFE": True,
        "RESULT_LOCKS": True,
        "RESULT_CACHE_BYTES": 0,
        "REDIS_STORAGE_SERVER_PORT": server.port,
        "REDIS_TIMEOUT_SECONDS": 0.3,
    }
    conf = tmp_path / "thumbor.conf"
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))

    async def ask(service, seconds):
        ends, seen = time.monotonic() + seconds, []
        while time.monotonic() < ends:
            path = f"/unsafe/{20 + len(seen) % 30}x20/tiny.jpg"
            began = time.monotonic()
            answer = await service.handle(Request("GET", path))
            seen.append((answer.status, time.monotonic() - began))
        return seen

    async def scenario():
        service = build(load(conf))
        try:
            seen = await ask(service, 0.3)
            server.kill() if how == "kill" else os.kill(server.process.pid, signal.SIGSTOP)
            seen += await ask(service, 1.2)
            server.start() if how == "kill" else os.kill(server.process.pid, signal.SIGCONT)
            for _ in range(100):
                seen += await ask(service, 0.3)
                if b":0" not in raw(server.port, "EXISTS", "result:/unsafe/20x20/tiny.jpg"):
                    return seen
            raise AssertionError("it is not used again")
        finally:
            await service.drain(5)

    with server:
        server.chosen = False  # it comes back where it was
        seen = asyncio.run(scenario())
    assert {status for status, _ in seen} == {200}
    assert max(seconds for _, seconds in seen) < 6  # no lock of before is waited for: that is 10
