"""Several storages, one behind the other."""

from __future__ import annotations

import asyncio
import time

import pytest
from doubles import Quiet
from locking import Locking
from thumborlike.storages import tiered
from thumborlike.storages.memory import MemoryStorage
from thumborlike.storages.tiered import Tier, TieredStorage

from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.interfaces import Key, Kind, Locks
from thumborlike.testing import environment

A, B = Key(Kind.SOURCE, "a.jpg"), Key(Kind.SOURCE, "b.jpg")


class Slow(MemoryStorage):
    """In memory, but asked like a server. `failure` is raised, `pause` is slept."""

    answers_at_once = False

    def __init__(self, clock=time.time):
        super().__init__(1 << 24, clock)
        self.failure = None
        self.pause = 0.0
        self.calls = []

    async def get(self, key):
        await self._meet("get")
        return await super().get(key)

    async def put_as_of(self, key, stored):
        await self._meet("put")
        await super().put_as_of(key, stored)

    async def delete(self, key):
        if self.failure:
            raise self.failure
        await super().delete(key)

    async def _meet(self, call):
        self.calls.append(call)
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.failure:
            raise self.failure


def of(*storages, behind=0, timeout=0.2, flush=5.0):
    tiers = [Tier(str(number), each, timeout) for number, each in enumerate(storages)]
    return TieredStorage(tiers, Quiet(), queue_bytes=behind, flush=flush)


def body(stored):
    return stored and stored.body


def test_what_a_tier_behind_has_is_kept_in_front_and_stays_as_old():
    async def scenario():
        near, far = Slow(), Slow(clock=lambda: 1000.0)
        await far.put(A, b"body")
        found = await of(near, far).get(A)
        return found, await near.get(A)

    found, kept = asyncio.run(scenario())
    assert found == kept
    assert kept.modified == 1000.0


def test_writes_reach_all_tiers_and_so_do_deletions():
    async def scenario():
        near, far = Slow(), Slow()
        storage = of(near, far)
        await storage.put(A, b"body")
        written = [body(await each.get(A)) for each in (near, far)]
        await storage.delete(A)
        return written, [await each.get(A) for each in (near, far)]

    assert asyncio.run(scenario()) == ([b"body", b"body"], [None, None])


@pytest.mark.parametrize("broken", [0, 1])
def test_one_tier_may_fail(broken):
    async def scenario():
        tiers = [Slow(), Slow()]
        storage = of(*tiers)
        tiers[broken].failure = StorageError("away")
        await storage.put(A, b"body")
        found = body(await storage.get(A)), await storage.get(B)
        with pytest.raises(StorageError):
            await storage.delete(A)  # it may come back with it
        return found

    assert asyncio.run(scenario()) == (b"body", None)


def test_if_all_fail_so_does_the_storage():
    async def scenario():
        tiers = [Slow(), Slow()]
        for each in tiers:
            each.failure = StorageError("away")
        storage = of(*tiers)
        for work in (storage.get(A), storage.put(A, b"body"), storage.delete(A)):
            with pytest.raises(StorageError):
                await work

    asyncio.run(scenario())


def test_a_tier_that_hangs_is_left_alone():
    async def scenario():
        near, far = Slow(), Slow()
        storage = of(near, far, timeout=0.1)
        await far.put(A, b"body")
        near.pause = 60
        began = time.monotonic()
        found = [body(await storage.get(A)) for _ in range(20)]
        return found, time.monotonic() - began, near.calls

    found, seconds, calls = asyncio.run(scenario())
    assert found == [b"body"] * 20
    assert seconds < 0.25
    assert calls == ["get"]


def test_a_full_disk_is_still_read():
    async def scenario():
        near, disk = Slow(), Slow()
        await disk.put(A, b"body")
        storage = of(near, disk)
        full = disk.put_as_of

        async def put_as_of(key, stored):
            raise StorageError("no space left")

        disk.put_as_of = put_as_of
        await storage.put(B, b"other")
        disk.put_as_of = full
        return body(await storage.get(A))

    assert asyncio.run(scenario()) == b"body"


def test_an_old_entry_is_not_copied_over_a_new_one():
    async def scenario():
        near, far = Slow(), Slow()
        await far.put(A, b"old")
        far.pause = 0.05
        storage = of(near, far)
        reading = asyncio.ensure_future(storage.get(A))
        await asyncio.sleep(0.02)
        await storage.put(A, b"new")
        await reading
        return body(await near.get(A)), body(await far.get(A))

    assert asyncio.run(scenario()) == (b"new", b"new")


# Written behind


def test_the_far_tier_is_written_later_and_at_the_latest_at_the_end():
    async def scenario():
        near, far = Slow(), Slow()
        far.pause = 0.05
        storage = of(near, far, behind=1 << 20)
        began = time.monotonic()
        for number in range(20):
            await storage.put(Key(Kind.SOURCE, str(number)), b"%d" % number)
        seconds = time.monotonic() - began
        early = len(far._entries)
        await storage.close()
        return seconds, early, len(far._entries)

    seconds, early, late = asyncio.run(scenario())
    assert seconds < 0.05
    assert (early, late) == (0, 20)


def test_what_waits_is_found_although_the_first_tier_has_not_kept_it():
    async def scenario():
        far = Slow()
        far.pause = 0.05
        storage = of(MemoryStorage(0), far, behind=1 << 20)
        await storage.put(A, b"body")
        found = body(await storage.get(A))
        await storage.close()
        return found

    assert asyncio.run(scenario()) == b"body"


def test_the_newest_is_written_last_and_what_is_deleted_is_not_written():
    async def scenario():
        near, far = Slow(), Slow()
        far.pause = 0.02
        storage = of(near, far, behind=1 << 20)
        for number in range(10):
            await storage.put(A, b"%d" % number)
            await storage.put(B, b"%d" % number)
            await asyncio.sleep(0.005)
        await storage.delete(B)
        await storage.close()
        far.pause = 0
        return body(await far.get(A)), await far.get(B), far.calls.count("put")

    newest, deleted, writes = asyncio.run(scenario())
    assert (newest, deleted) == (b"9", None)
    assert writes < 20, "entries that were replaced before they were written are not"


def test_beyond_its_bound_it_writes_through():
    async def scenario():
        far = Slow()
        far.pause = 0.02
        storage = of(Slow(), far, behind=1000)
        for number in range(10):
            await storage.put(Key(Kind.SOURCE, str(number)), b"x" * 400)
        kept = len(far._entries)
        await storage.close()
        return kept, len(far._entries)

    kept, all_of_them = asyncio.run(scenario())
    assert kept >= 5
    assert all_of_them == 10


def test_a_far_tier_that_hangs_does_not_keep_the_server_from_ending(caplog):
    async def scenario():
        far = Slow()
        far.pause = 60
        storage = of(Slow(), far, behind=1000, flush=0.1)
        await storage.put(A, b"body")
        began = time.monotonic()
        await storage.close()
        return time.monotonic() - began

    assert asyncio.run(scenario()) < 1
    assert "1 entries were not written" in caplog.text


@pytest.mark.parametrize("tiers", [[], ["tiered"], ["memory", "nothing"]])
def test_tiers_that_cannot_be_stop_the_start(tiers):
    with pytest.raises(ConfigurationError):
        environment(TIERED_STORAGE_TIERS=tiers).storage("tiered")


def test_its_tiers_are_configured():
    assert isinstance(tiered.create(environment()), TieredStorage)


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_what_is_read_while_its_source_is_purged_is_not_copied_to_the_front(moment):
    made = Key(Kind.RESULT, "/unsafe/1x1/a.jpg", made_of=(A.name,))

    class Lingering(Slow):
        """Has read, and tells of it later."""

        async def get(self, key):
            found = await MemoryStorage.get(self, key)
            reading.set()
            await told.wait()
            return found

        async def purge(self, source):
            purging.set()
            if moment == "meanwhile":
                await reading.wait()
            return await super().purge(source)

    async def scenario():
        nonlocal reading, purging, told
        reading, purging, told = asyncio.Event(), asyncio.Event(), asyncio.Event()
        near, far = MemoryStorage(1 << 20), Lingering()
        storage = of(near, far, timeout=20)
        await far.put(made, b"old")
        purge = asyncio.ensure_future(_after(purging, moment, storage, reading))
        if moment == "meanwhile":
            await purging.wait()
        read = asyncio.ensure_future(storage.get(made))
        await purge
        told.set()
        await read
        return await near.get(made), await far.get(made)

    async def _after(purging, moment, storage, reading):
        if moment == "before":
            await reading.wait()
        await storage.purge(A.name)

    reading = purging = told = None
    assert asyncio.run(scenario()) == (None, None)


def test_there_are_locks_only_where_a_tier_has_them():
    assert isinstance(of(MemoryStorage(0), Locking(0)), Locks)
    assert not isinstance(of(MemoryStorage(0), MemoryStorage(0)), Locks)


def test_it_tells_what_its_tiers_hold_that_can_tell(tmp_path):
    keys = {
        "FILE_STORAGE_ROOT_PATH": str(tmp_path / "sources"),
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
        "TIERED_STORAGE_TIERS": ["memory", "file"],
    }
    storage = tiered.create(environment(**keys))
    asyncio.run(storage.put(A, b"body"))
    assert [each.entries for each in storage.stats()] == [1, 0]
    assert [left.entries for left, _ in storage.prune()] == [1, 0]
