"""Our storages, proved by the kit that others prove theirs with."""

from __future__ import annotations

import itertools
import time

import pytest
from redis_server import RedisServer, free_port, needs_redis
from thumborlike.storages import file, memory, mixed, no, redis, tiered

from thumborlike.interfaces import Stored
from thumborlike.testing import (
    Broken,
    age_checks,
    dead_storage_checks,
    environment,
    expiry_checks,
    lock_checks,
    purge_checks,
    storage_checks,
    tended_checks,
    too_old_checks,
)

MIB = 1 << 20
NUMBERS = itertools.count()
"""No two checks share names in the one Redis."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def keys(tmp_path):
    return {
        "FILE_STORAGE_ROOT_PATH": str(tmp_path / "sources"),
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
        "MEMORY_STORAGE_MAX_BYTES": 256 * MIB,
    }


def redis_keys(server):
    return {
        "REDIS_STORAGE_URL": f"redis://127.0.0.1:{server.port}",
        "REDIS_STORAGE_KEY_PREFIX": f"{next(NUMBERS)}:",
        "REDIS_MAX_OBJECT_BYTES": 64 * MIB,
        "REDIS_TIMEOUT_SECONDS": 20.0,
    }


@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_file(check, keys):
    check(lambda: file.create(environment(**keys)))


@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_memory(check, keys):
    check(lambda: memory.create(environment(**keys)))


@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_mixed(check, keys):
    keys |= {
        "MIXED_STORAGE_FILE_STORAGE": "file",
        "MIXED_STORAGE_CRYPTO_STORAGE": "memory",
        "MIXED_STORAGE_DETECTOR_STORAGE": "memory",
    }
    check(lambda: mixed.create(environment(**keys)))


@pytest.mark.parametrize("writes", ["through", "behind"])
@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_tiered(check, keys, writes):
    keys |= {"TIERED_STORAGE_TIERS": ["memory", "file"], "TIERED_STORAGE_WRITES": writes}
    check(lambda: tiered.create(environment(**keys)))


@needs_redis
@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_redis(check, server):
    check(lambda: redis.create(environment(**redis_keys(server))))


@needs_redis
@pytest.mark.parametrize("check", storage_checks(), ids=str)
def test_tiers_of_memory_and_redis(check, keys, server):
    keys |= {**redis_keys(server), "TIERED_STORAGE_TIERS": ["memory", "redis"]}
    check(lambda: tiered.create(environment(**keys)))


@needs_redis
@pytest.mark.parametrize("check", lock_checks(), ids=str)
def test_locks(check, keys, server):
    keys |= {**redis_keys(server), "TIERED_STORAGE_TIERS": ["memory", "redis"]}
    check(lambda: redis.create(environment(**keys)))
    keys |= redis_keys(server)
    check(lambda: tiered.create(environment(**keys)))


@needs_redis
@pytest.mark.parametrize("tiers", [["memory", "redis"], ["redis"], ["memory", "file"]], ids=str)
@pytest.mark.parametrize("writes", ["through", "behind"])
@pytest.mark.parametrize("check", purge_checks(), ids=str)
def test_purging(check, server, keys, tiers, writes):
    keys |= {"TIERED_STORAGE_TIERS": tiers, "TIERED_STORAGE_WRITES": writes}
    check(lambda: tiered.create(environment(**keys, **redis_keys(server))))


@needs_redis
@pytest.mark.parametrize("check", purge_checks(), ids=str)
def test_purging_in_redis(check, server):
    check(lambda: redis.create(environment(**redis_keys(server))))


@pytest.mark.parametrize("check", purge_checks(), ids=str)
@pytest.mark.parametrize("module", [file, memory, mixed], ids=lambda module: module.__name__)
def test_purging_in_one(check, keys, module):
    keys |= {"MIXED_STORAGE_FILE_STORAGE": "memory", "MIXED_STORAGE_CRYPTO_STORAGE": "memory"}
    check(lambda: module.create(environment(MIXED_STORAGE_DETECTOR_STORAGE="memory", **keys)))


MIXED = {
    "MIXED_STORAGE_FILE_STORAGE": "file",
    "MIXED_STORAGE_CRYPTO_STORAGE": "memory",
    "MIXED_STORAGE_DETECTOR_STORAGE": "memory",
}


@pytest.mark.parametrize("check", age_checks(), ids=str)
@pytest.mark.parametrize("module", [file, memory, mixed], ids=lambda module: module.__name__)
def test_keeping_times(check, keys, module):
    check(lambda: module.create(environment(**keys, **MIXED)))


@pytest.mark.parametrize("check", tended_checks(), ids=str)
@pytest.mark.parametrize("module", [file, mixed, tiered], ids=lambda module: module.__name__)
def test_telling_and_making_room(check, keys, module):
    keys |= {**MIXED, "TIERED_STORAGE_TIERS": ["file"]}
    check(lambda: module.create(environment(**keys)))


AGES = {
    "STORAGE_EXPIRATION_SECONDS": 1000,
    "RESULT_STORAGE_EXPIRATION_SECONDS": 1000,
    "STALE_IF_ERROR_SECONDS": 0,
}
ONES = {
    "file": (file, {}),
    "file without notes": (file, {"RESULT_STORAGE_FILE_STORAGE_PURGE_INDEX": False}),
    "memory": (memory, {}),
    "mixed": (mixed, MIXED),
    "no": (no, {}),
    "tiered through": (tiered, {"TIERED_STORAGE_TIERS": ["memory", "file"]}),
    "tiered behind": (
        tiered, {"TIERED_STORAGE_TIERS": ["memory", "file"], "TIERED_STORAGE_WRITES": "behind"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", too_old_checks(1000), ids=str)
@pytest.mark.parametrize("name", ONES)
def test_what_is_too_old_is_not_served(check, keys, name):
    module, more = ONES[name]
    check(lambda: module.create(environment(**keys, **AGES, **more)))


class NeverOld(memory.MemoryStorage):
    async def get(self, key):
        stored = await super().get(key)
        return stored and Stored(stored.body, time.time() + 10_000)


@pytest.mark.parametrize("check", too_old_checks(1000)[:2], ids=str)
def test_the_kit_sees_what_is_never_too_old(check):
    with pytest.raises(Broken, match="too old"):
        check(lambda: NeverOld(MIB))


@needs_redis
@pytest.mark.parametrize("check", too_old_checks(1000), ids=str)
@pytest.mark.parametrize("tiers", [[], ["memory", "redis"], ["redis"]], ids=str)
def test_what_is_too_old_in_redis_is_not_served(check, keys, server, tiers):
    keys |= {**redis_keys(server), **AGES, "TIERED_STORAGE_TIERS": tiers}
    check(lambda: (tiered if tiers else redis).create(environment(**keys)))


@needs_redis
@pytest.mark.parametrize("check", [*age_checks(), *tended_checks()], ids=str)
def test_a_redis_keeps_times_and_tells(check, server):
    check(lambda: redis.create(environment(**redis_keys(server))))


@needs_redis
@pytest.mark.parametrize("check", expiry_checks(2), ids=str)
def test_a_redis_forgets_what_is_too_old(check, server):
    keys = {"RESULT_STORAGE_EXPIRATION_SECONDS": 2, "STALE_IF_ERROR_SECONDS": 0}
    check(lambda: redis.create(environment(**redis_keys(server), **keys)))


@pytest.mark.parametrize("check", dead_storage_checks(), ids=str)
def test_a_redis_that_is_away(check):
    url = f"redis://127.0.0.1:{free_port()}"
    check(lambda: redis.create(environment(REDIS_STORAGE_URL=url)))


@pytest.mark.parametrize("check", dead_storage_checks(), ids=str)
def test_a_redis_that_never_answers(check, silent_port):
    check(lambda: redis.create(environment(REDIS_STORAGE_SERVER_PORT=silent_port)))


@pytest.mark.parametrize("check", dead_storage_checks(), ids=str)
def test_tiers_that_are_all_away(check):
    keys = {"REDIS_STORAGE_SERVER_PORT": free_port(), "TIERED_STORAGE_TIERS": ["redis"]}
    check(lambda: tiered.create(environment(**keys)))


@pytest.fixture
def silent_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
