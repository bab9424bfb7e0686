import asyncio
import gc
import logging

import pytest

from thumborlike.coalesce import SingleFlight


def test_equal_requests_share_one_piece_of_work():
    async def scenario():
        flights = SingleFlight()
        runs = []

        async def work(give):
            runs.append(1)
            await asyncio.sleep(0.01)
            give("done")

        answers = await asyncio.gather(*(flights.run("key", work) for _ in range(200)))
        assert set(answers) == {"done"}
        assert len(runs) == 1
        assert len(flights) == 0

    asyncio.run(scenario())


def test_different_keys_run_apart():
    async def scenario():
        flights = SingleFlight()

        async def work(give):
            give(object())

        first, second = await asyncio.gather(flights.run("a", work), flights.run("b", work))
        assert first is not second

    asyncio.run(scenario())


def test_everybody_is_answered_before_the_work_ends_and_late_ones_join():
    async def scenario():
        flights = SingleFlight()
        stored = asyncio.Event()
        runs = []

        async def work(give):
            runs.append(1)
            give("picture")
            await stored.wait()

        assert await flights.run("key", work) == "picture"
        assert await flights.run("key", work) == "picture"
        stored.set()
        await flights.landed()
        assert await flights.run("key", work) == "picture"
        assert len(runs) == 2

    asyncio.run(scenario())


def test_a_failure_is_shared_and_not_remembered():
    async def scenario():
        flights = SingleFlight()
        runs = []

        async def work(give):
            runs.append(1)
            await asyncio.sleep(0)
            raise LookupError("no such source")

        got = await asyncio.gather(
            *(flights.run(1, work) for _ in range(5)), return_exceptions=True
        )
        assert all(isinstance(each, LookupError) for each in got)
        assert len(runs) == 1
        with pytest.raises(LookupError):
            await flights.run(1, work)

    asyncio.run(scenario())


def test_a_failure_after_the_answer_is_only_logged(caplog):
    async def scenario():
        flights = SingleFlight()

        async def work(give):
            give("picture")
            raise OSError("disk full")

        assert await flights.run(1, work) == "picture"
        await flights.landed()

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert "after its answer" in caplog.text


def test_one_waiter_may_leave_and_the_work_goes_on():
    async def scenario():
        flights = SingleFlight()

        async def work(give):
            await asyncio.sleep(0.02)
            give("picture")

        leaver = asyncio.create_task(flights.run(1, work))
        stayer = asyncio.create_task(flights.run(1, work))
        await asyncio.sleep(0)
        leaver.cancel()
        assert await stayer == "picture"

    asyncio.run(scenario())


def test_the_last_waiter_takes_the_work_with_it_and_a_newcomer_starts_anew():
    async def scenario():
        flights = SingleFlight()
        events = []

        async def work(give):
            events.append("start")
            try:
                await asyncio.sleep(10 if len(events) == 1 else 0)
            except asyncio.CancelledError:
                events.append("cancelled")
                raise
            give("picture")

        only = asyncio.create_task(flights.run(1, work))
        await asyncio.sleep(0.01)
        only.cancel()
        await asyncio.sleep(0)
        assert await flights.run(1, work) == "picture"
        assert sorted(events) == ["cancelled", "start", "start"]

    asyncio.run(scenario())


def test_patience_runs_out_for_one_and_not_for_the_work():
    async def scenario():
        flights = SingleFlight()

        async def work(give):
            await asyncio.sleep(0.1)
            give("picture")

        hasty = asyncio.create_task(flights.run(1, work, 0.02))
        patient = asyncio.create_task(flights.run(1, work, 5))
        with pytest.raises(TimeoutError):
            await hasty
        assert await patient == "picture"
        with pytest.raises(TimeoutError):
            await flights.run(2, work, 0.02)
        assert len(flights) == 0

    asyncio.run(scenario())


def test_a_failure_that_nobody_waits_for_any_more_is_no_news(caplog):
    """All who waited were cancelled just when it failed."""

    async def scenario():
        flights = SingleFlight()
        waiters = []

        async def work(give):
            await asyncio.sleep(0.01)
            for each in waiters:
                each.cancel()
            raise LookupError("no such source")

        waiters += [asyncio.create_task(flights.run(1, work)) for _ in range(3)]
        got = await asyncio.gather(*waiters, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in got)

    asyncio.run(scenario())
    gc.collect()
    assert not caplog.records
