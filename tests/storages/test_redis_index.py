"""Redis: what was made of which source, what was purged when, and what `storage` tells of it."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis_server import RedisServer, needs_redis
from thumborlike.storages import redis
from thumborlike.storages._redis_keys import FRONTS, index_of, kind_of, name_of

from thumborlike.interfaces import Key, Kind, Stored, Tended
from thumborlike.testing import environment

pytestmark = needs_redis


def result(number, *made_of):
    return Key(Kind.RESULT, f"/unsafe/{number}x/a.jpg", made_of=made_of or ("a.jpg",))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def scene(server, request):
    """`scene(work, **keys)`: what `work(storage, client)` gives, below a prefix of its own."""

    def play(work, **keys):
        prefix = keys.setdefault("REDIS_STORAGE_KEY_PREFIX", f"{request.node.name}:")
        play.make = lambda: redis.create(environment(REDIS_STORAGE_SERVER_PORT=server.port, **keys))
        storage = play.make()

        async def whole():
            from redis.asyncio import Redis

            async with Redis(port=server.port, protocol=2) as client:
                try:
                    return await work(storage, client, prefix)
                finally:
                    await storage.close()

        return asyncio.run(whole())

    return play


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("name", ["/a.jpg", "thumbor:of:a.jpg", *FRONTS.values()])
def test_names_tell_their_kind(kind, name):
    assert kind_of(name_of(Key(kind, name), "p:"), "p:") is kind
    assert kind_of(name_of(Key(kind, name)), "p:") is None


def test_what_tc_redis_has_written_is_missing_once_its_source_is_purged(scene):
    async def work(storage, client, prefix):
        await client.set(name_of(result(1), prefix), b"for ever")
        await client.set(name_of(result(2), prefix), b"for a time", ex=1000)
        before = [await storage.get(result(each)) for each in (1, 2)]
        await storage.purge("a.jpg")
        after = [await storage.get(result(each)) for each in (1, 2)]
        await asyncio.sleep(0.005)
        await storage.put(result(1), b"new")
        return before, after, await storage.get(result(1))

    before, after, new = scene(work, RESULT_STORAGE_EXPIRATION_SECONDS=2000)
    assert all(before) and not any(after)
    assert new.body == b"new"


@pytest.mark.parametrize("lives", [(0, 60), (60, 0)])
def test_a_purge_lasts_where_lives_are_changed(scene, lives):
    async def purge(storage, client, prefix):
        await client.set(name_of(result(1), prefix), b"for ever")
        await storage.purge("a.jpg")
        await asyncio.sleep(0.005)

    async def use(storage, client, prefix):
        old = await storage.get(result(1))
        await storage.put(result(1), b"new")
        return old, await storage.get(result(1))

    scene(purge, RESULT_STORAGE_EXPIRATION_SECONDS=lives[0])
    old, new = scene(use, RESULT_STORAGE_EXPIRATION_SECONDS=lives[1])
    assert (old, new.body) == (None, b"new")


def test_an_older_copy_that_comes_after_the_purge_is_missing(scene):
    async def work(storage, client, prefix):
        await storage.purge("a.jpg")
        await storage.put_as_of(result(1), Stored(b"old", time.time() - 100))
        return await storage.get(result(1))

    assert scene(work) is None


def test_a_source_of_many_results_is_purged_whole(scene):
    async def work(storage, client, prefix):
        names = [result(each) for each in range(1300)]
        for start in range(0, len(names), 100):
            await asyncio.gather(*(storage.put(key, b"x") for key in names[start : start + 100]))
        removed = await storage.purge("a.jpg")
        return removed, [name async for name in client.scan_iter(match=f"{prefix}*")]

    removed, left = scene(work, REDIS_TIMEOUT_SECONDS=30.0)
    assert removed == 1300
    assert [name.rpartition(b"thumbor:")[2] for name in left] == [b"purged:a.jpg"]


def test_no_result_is_kept_whose_note_a_purge_has_taken(scene):
    """Whatever the order in which writers and purges come."""

    async def work(storage, client, prefix):
        async def write(number):
            await storage.put(result(number % 7), b"body")

        async def purge(number):
            await storage.purge("a.jpg")

        await asyncio.gather(*((purge if n % 5 == 0 else write)(n) for n in range(200)))
        there = {name_of(result(each), prefix) for each in range(7)}
        kept = {each for each in there if await client.exists(each)}
        noted = set(await client.zrange(index_of("a.jpg", prefix), 0, -1))
        return kept - noted

    assert scene(work, REDIS_TIMEOUT_SECONDS=30.0) == set()


def test_stats_tell_what_there_is_of_each_kind(scene):
    async def work(storage, client, prefix):
        for key in (Key(Kind.SOURCE, "a.jpg"), Key(Kind.SECURITY_KEY, "a.jpg"), result(1)):
            await storage.put(key, b"12345")
        await storage.put_as_of(result(2), Stored(b"12345", time.time() - 500))
        await client.rpush(f"{prefix}list", "no entry of ours")
        return await asyncio.to_thread(scene.make().stats), isinstance(storage, Tended)

    (sources, results), tended = scene(work)
    assert tended
    assert (sources.entries, results.entries) == (2, 2)
    assert 2 * 5 < results.size < 2 * 500
    assert results.oldest == pytest.approx(time.time() - 500, abs=20)
    assert {each.kind: each.entries for each in sources.shares} == {
        "source": 1,
        "security_key": 1,
        "focal_points": 0,
    }


def test_prune_removes_what_was_least_recently_used_and_notes_of_what_is_gone(scene):
    upload = Key(Kind.SOURCE, "0123456789abcdef" * 2)

    async def work(storage, client, prefix):
        await storage.put(upload, b"x" * 100)
        for number in range(10):
            await storage.put(result(number), b"x" * 100)
        await asyncio.sleep(2.1)  # Redis counts whole seconds
        for number in range(3):
            await storage.get(result(number))
        _, results = await asyncio.to_thread(scene.make().stats)
        done = await asyncio.to_thread(scene.make().prune, results.size * 3 // 10)
        left = [bool(await storage.get(result(each))) for each in range(10)]
        return done, left, await client.zcard(index_of("a.jpg", prefix)), await storage.get(upload)

    (_, (kept, removed)), left, notes, uploaded = scene(work)
    assert (kept.entries, removed.entries) == (3, 7)
    assert removed.size > 700
    assert left == [True] * 3 + [False] * 7
    assert notes == 3
    assert uploaded


def test_prune_does_not_touch_what_may_be_another_programs(scene):
    async def work(storage, client, prefix):
        await client.set("another program's", b"x" * 1000, ex=1000)
        await asyncio.to_thread(scene.make().prune, 1)
        return await client.delete("another program's")

    assert scene(work, REDIS_STORAGE_KEY_PREFIX="") == 1


def test_a_cluster_is_purged_and_told_of(tmp_path):
    with RedisServer(tmp_path, cluster_enabled="yes") as node:

        def make():
            return redis.create(
                environment(
                    REDIS_STORAGE_MODE="cluster",
                    REDIS_CLUSTER_STORAGE_STARTUP_INSTANCES=f"127.0.0.1:{node.port}",
                    REDIS_TIMEOUT_SECONDS=20.0,
                )
            )

        async def work():
            from redis.asyncio import Redis

            storage = make()
            async with Redis(port=node.port, protocol=2) as client:
                await client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
                while (await client.cluster("info"))["cluster_state"] != "ok":
                    await asyncio.sleep(0.05)
            for number in range(5):
                await storage.put(result(number, "a.jpg", "mark.png"), b"x")
            held = await asyncio.to_thread(make().stats)
            removed = await storage.purge("mark.png")
            await asyncio.to_thread(make().prune, 1)
            await storage.close()
            return held, removed

        (_, results), removed = asyncio.run(work())
    assert (results.entries, removed) == (5, 5)
