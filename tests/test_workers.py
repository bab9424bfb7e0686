import asyncio
import threading
import time

import pytest

from thumborlike.errors import Overloaded, ProcessingTimeout, ShuttingDown
from thumborlike.workers import Workers


def make(threads=1, *, queue_size=4, queue_timeout=5.0, deadline=5.0):
    return Workers(threads, queue_size=queue_size, queue_timeout=queue_timeout, deadline=deadline)


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
