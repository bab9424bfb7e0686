import asyncio
import os
import sys
import threading
import time

import pytest

from thumborlike.crew import Threads
from thumborlike.errors import Overloaded, ProcessingTimeout, ShuttingDown
from thumborlike.queueing import Cost
from thumborlike.workers import Budget, Workers


def make(threads=1, *, queue_size=4, queue_timeout=5.0, deadline=5.0, budget=None):
    return Workers(
        Threads(threads),
        queue_size=queue_size,
        queue_timeout=queue_timeout,
        deadline=deadline,
        budget=budget,
    )


SMALL, LARGE = Cost(0.002), Cost(0.02)


def test_results_and_errors_come_back():
    async def scenario():
        workers = make()
        assert await workers.run(divmod, 7, 3) == (2, 1)
        with pytest.raises(ZeroDivisionError):
            await workers.run(divmod, 7, 0)
        assert await workers.run(divmod, 7, 3) == (2, 1)

    asyncio.run(scenario())


def test_no_more_than_the_threads_run_at_once_and_in_order():
    async def scenario():
        workers = make(2, queue_size=20)
        running, most, order = [], [], []

        def work(number):
            order.append(number)
            running.append(number)
            most.append(len(running))
            time.sleep(0.005)
            running.remove(number)

        await asyncio.gather(*(workers.run(work, n) for n in range(12)))
        assert max(most) == 2
        assert sorted(order) == list(range(12))
        assert order[:2] == [0, 1]

    asyncio.run(scenario())


def test_a_full_queue_refuses_at_once():
    async def scenario():
        workers = make(1, queue_size=1)
        gate = threading.Event()
        first = asyncio.create_task(workers.run(gate.wait))
        second = asyncio.create_task(workers.run(gate.wait))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await workers.run(gate.wait)
        gate.set()
        assert await first
        assert await second

    asyncio.run(scenario())


def test_waiting_too_long_gives_up_and_leaves_the_queue():
    async def scenario():
        workers = make(1, queue_timeout=0.02)
        gate = threading.Event()
        first = asyncio.create_task(workers.run(gate.wait))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await workers.run(gate.wait)
        gate.set()
        assert await first
        assert await workers.run(int, "7") == 7

    asyncio.run(scenario())


def test_late_work_is_answered_but_keeps_its_place_until_it_ends():
    async def scenario():
        workers = make(1, deadline=0.02)
        gate = threading.Event()
        with pytest.raises(ProcessingTimeout):
            await workers.run(gate.wait)
        waiting = asyncio.create_task(workers.run(int, "7"))
        await asyncio.sleep(0.03)
        assert not waiting.done()
        gate.set()
        assert await waiting == 7

    asyncio.run(scenario())


class Noted:
    def __init__(self):
        self.counted, self.levels = [], []

    def incr(self, name, value=1):
        self.counted.append(name)

    def timing(self, name, milliseconds):
        pass

    def gauge(self, name, value):
        self.levels.append((name, value))


def test_levels_of_the_queue_and_what_it_refuses_are_told():
    async def scenario():
        noted = Noted()
        workers = Workers(Threads(1), queue_size=1, queue_timeout=0.05, deadline=5.0, metrics=noted)
        free = threading.Event()
        busy = asyncio.ensure_future(workers.run(free.wait))
        await asyncio.sleep(0)
        late, full = (asyncio.ensure_future(workers.run(abs, -1)) for _ in range(2))
        for each in (late, full):
            with pytest.raises(Overloaded):
                await each
        free.set()
        await busy
        await asyncio.sleep(0)
        depths = [value for name, value in noted.levels if name == "queue.depth"]
        assert (max(depths), depths[-1]) == (2, 0)
        assert [value for name, value in noted.levels if name == "workers.busy"] == [1, 0]
        assert sorted(noted.counted) == ["queue.refused.full", "queue.refused.late"]

    asyncio.run(scenario())


def test_a_cancelled_waiter_frees_its_place_in_the_queue():
    async def scenario():
        workers = make(1, queue_size=1)
        gate = threading.Event()
        first = asyncio.create_task(workers.run(gate.wait))
        second = asyncio.create_task(workers.run(gate.wait))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        third = asyncio.create_task(workers.run(int, "7"))
        await asyncio.sleep(0)
        gate.set()
        assert await third == 7
        assert await first

    asyncio.run(scenario())


def test_cancelling_running_work_does_not_lose_the_worker():
    async def scenario():
        workers = make(1)
        gate = threading.Event()
        first = asyncio.create_task(workers.run(gate.wait))
        await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.sleep(0)
        gate.set()
        assert await workers.run(int, "7") == 7

    asyncio.run(scenario())


def test_closed_workers_take_nothing():
    async def scenario():
        workers = make()
        workers.close()
        with pytest.raises(ShuttingDown):
            await workers.run(int, "7")

    asyncio.run(scenario())


def test_small_work_overtakes_large_work_and_large_work_is_not_starved():
    async def scenario():
        workers = make(1, queue_size=0)
        gate, order = threading.Event(), []
        first = asyncio.create_task(workers.run(gate.wait))
        await asyncio.sleep(0)
        large = [workers.run(order.append, f"large {n}", cost=LARGE) for n in range(4)]
        small = [workers.run(order.append, f"small {n}", cost=SMALL) for n in range(20)]
        tasks = [asyncio.create_task(each) for each in (*large, *small)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *tasks)
        return order

    order = asyncio.run(scenario())
    assert order[:5] == ["small 0", "small 1", "small 2", "large 0", "small 3"]
    assert [each for each in order if "large" in each] == [f"large {n}" for n in range(4)]
    assert order.index("large 3") < 16


def test_small_work_is_quick_under_a_flood_of_large_work():
    async def scenario():
        workers = make(2, queue_size=0)
        stop = time.monotonic() + 1.0
        done, waits = [], []

        async def flood():
            while time.monotonic() < stop:
                await workers.run(time.sleep, 0.02, cost=LARGE)
                done.append(1)

        async def ask():
            while time.monotonic() < stop:
                started = time.monotonic()
                await workers.run(time.sleep, 0.001, cost=SMALL)
                waits.append(time.monotonic() - started)
                await asyncio.sleep(0.005)

        await asyncio.gather(ask(), *(flood() for _ in range(40)))
        return sorted(waits), len(done)

    waits, done = asyncio.run(scenario())
    assert waits[len(waits) // 2] < 0.06  # in the order of arrival it were 0.4
    assert done > 40


def test_work_that_does_not_fit_waits_and_what_is_too_large_runs_alone():
    async def scenario():
        workers = make(3, budget=Budget(memory=100))
        running, most = [], []

        def work(size):
            running.append(size)
            most.append(tuple(running))
            time.sleep(0.02)
            running.remove(size)

        sizes = (60, 60, 30, 500, 10)
        await asyncio.gather(*(workers.run(work, n, cost=Cost(memory=n)) for n in sizes))
        return most

    seen = asyncio.run(scenario())
    assert {size for each in seen for size in each} == {60, 30, 500, 10}
    assert all(sum(each) <= 100 or each == (500,) for each in seen)
    assert max(map(len, seen)) > 1


def test_small_work_that_fits_does_not_wait_for_large_work_that_does_not():
    async def scenario():
        workers, gate = make(2, budget=Budget(memory=100)), threading.Event()
        first = asyncio.create_task(workers.run(gate.wait, cost=Cost(memory=60)))
        await asyncio.sleep(0)
        large = asyncio.create_task(workers.run(int, "1", cost=Cost(1.0, memory=60)))
        await asyncio.sleep(0)
        small = workers.run(int, "2", cost=Cost(0.01, memory=10))
        assert await asyncio.wait_for(small, 5) == 2
        assert not large.done()
        gate.set()
        assert (await first, await large) == (True, 1)

    asyncio.run(scenario())


def test_memory_that_is_short_is_taken_from_the_cache():
    async def scenario():
        cached = [80]
        budget = Budget(
            memory=100, cached=lambda: cached[0], relieve=lambda: cached.__setitem__(0, 0)
        )
        workers = make(2, budget=budget)
        await workers.run(int, cost=Cost(memory=10))
        assert cached == [80]
        await workers.run(int, cost=Cost(memory=50))
        assert cached == [0]

    asyncio.run(scenario())


def test_waiting_work_may_hold_only_so_many_bytes():
    async def scenario():
        workers = make(1, budget=Budget(waiting=100))
        gate = threading.Event()
        first = asyncio.create_task(workers.run(gate.wait))
        await asyncio.sleep(0)
        second = asyncio.create_task(workers.run(int, "7", cost=Cost(waiting=80)))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await workers.run(int, "7", cost=Cost(waiting=30))
        second.cancel()
        await asyncio.sleep(0)
        third = asyncio.create_task(workers.run(int, "7", cost=Cost(waiting=100)))
        await asyncio.sleep(0)
        gate.set()
        assert (await first, await third) == (True, 7)

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="priorities by thread are Linux's")
def test_workers_stand_back_behind_the_event_loop():
    async def scenario():
        workers, here = make(), threading.get_native_id()
        there = await workers.run(threading.get_native_id)
        return [os.getpriority(os.PRIO_PROCESS, each) for each in (here, there)]

    here, there = asyncio.run(scenario())
    assert there == min(here + 10, 19)
