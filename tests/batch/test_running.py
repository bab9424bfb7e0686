"""Concurrency, tries, back-off, and the stop."""

import asyncio
from dataclasses import dataclass

import pytest

from thumborlike.batch.running import Pace, Stop, Tries, run_all


@dataclass
class Said:
    status: int
    wait: float | None = None

    def retry_after(self):
        return self.wait


def tried(answers, retries=3, first_pause=0.001):
    """What `Tries` gives, and how many tries it took."""
    asked = []

    async def run():
        stop = Stop()
        tries = Tries(retries, Pace(stop), stop, first_pause)

        async def attempt():
            asked.append(1)
            return answers[len(asked) - 1]

        return await tries.of(attempt)

    return asyncio.run(run()), len(asked)


@pytest.mark.parametrize("status", [0, 429, 502, 503, 504])
def test_what_may_be_better_in_a_moment_is_tried_again(status):
    assert tried([Said(status), Said(status), Said(200)]) == (Said(200), 3)


@pytest.mark.parametrize("status", [200, 304, 400, 404, 410, 500])
def test_what_will_not_is_not(status):
    assert tried([Said(status)]) == (Said(status), 1)


def test_the_last_try_counts():
    assert tried([Said(503), Said(0), Said(429, 0.0), Said(502)]) == (Said(502), 4)
    assert tried([Said(503)], retries=0) == (Said(503), 1)


def test_who_asks_for_less_is_left_alone_by_all():
    times = []

    async def run():
        loop = asyncio.get_running_loop()
        stop = Stop()
        tries = Tries(1, Pace(stop), stop, 0.001)
        answers = [Said(503, 0.3)] + [Said(200)] * 9

        async def attempt():
            times.append(loop.time())
            return answers.pop(0)

        async def work(_):
            assert await tries.of(attempt) == Said(200)
            await asyncio.sleep(0.01)

        await run_all(range(4), work, 1, stop)
        return times[1] - times[0]

    assert asyncio.run(run()) >= 0.29
    assert len(times) == 5


def test_as_many_at_once_as_asked_for_and_each_once():
    state = {"open": 0, "most": 0}
    seen = []

    async def run():
        async def work(item):
            state["open"] += 1
            state["most"] = max(state["most"], state["open"])
            await asyncio.sleep(0.001)
            state["open"] -= 1
            seen.append(item)

        await run_all(iter(range(50)), work, 7, Stop())

    asyncio.run(run())
    assert state["most"] == 7
    assert sorted(seen) == list(range(50))


def test_after_a_stop_what_has_begun_is_ended_and_nothing_begun():
    begun, ended = [], []

    async def run():
        stop = Stop()

        async def work(item):
            begun.append(item)
            if item == 5:
                stop.set()
            await asyncio.sleep(0.01)
            ended.append(item)

        await run_all(range(100), work, 3, stop)

    asyncio.run(run())
    assert sorted(begun) == sorted(ended)
    assert 6 <= len(begun) < 20


def test_a_stop_ends_a_long_pause():
    async def run():
        stop = Stop()
        tries = Tries(5, Pace(stop), stop, 60)

        async def attempt():
            stop_soon = asyncio.get_running_loop().call_later
            stop_soon(0.01, stop.set)
            return Said(503, 200.0)

        return await asyncio.wait_for(tries.of(attempt), 30)

    assert asyncio.run(run()) is None


def test_what_work_raises_ends_the_run():
    async def work(item):
        raise OSError("disk full")

    async def run():
        await run_all(range(9), work, 3, Stop())

    with pytest.raises(OSError, match="disk full"):
        asyncio.run(run())
