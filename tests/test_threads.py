"""Plain methods of plugins, awaited."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from thumborlike.threads import awaitable


def run(scenario):
    with ThreadPoolExecutor(1) as executor:
        asyncio.run(asyncio.wait_for(scenario(executor), 10))


def test_it_runs_in_a_thread_and_gives_what_the_method_gives():
    async def scenario(executor):
        where = awaitable(lambda *given: (threading.get_ident(), given), executor)
        assert await where(1, 2) != (threading.get_ident(), (1, 2))
        assert (await where(1, 2))[1] == (1, 2)

    run(scenario)


def test_an_async_method_is_itself():
    async def method():
        return 1

    async def scenario(executor):
        assert awaitable(method, executor) is method

    run(scenario)


def test_what_gives_something_to_await_is_awaited():
    async def later(text):
        return text

    def method():
        return later("there")

    async def scenario(executor):
        assert await awaitable(method, executor)() == "there"

    run(scenario)


def test_it_raises_what_the_method_raises():
    def fail():
        raise KeyError("missing")

    async def scenario(executor):
        for _ in range(2):
            with pytest.raises(KeyError, match="missing"):
                await awaitable(fail, executor)()

    run(scenario)


def test_one_that_leaves_has_nothing_begun_for_it():
    async def scenario(executor):
        begun, go_on, runs = threading.Event(), threading.Event(), []

        def first():
            begun.set()
            go_on.wait(10)

        running = asyncio.create_task(awaitable(first, executor)())
        waiting = asyncio.create_task(awaitable(lambda: runs.append(1), executor)())
        while not begun.is_set():
            await asyncio.sleep(0.001)
        waiting.cancel()
        running.cancel()  # which goes on to its end, and nobody hears of it
        await asyncio.wait([waiting, running])
        go_on.set()
        assert await awaitable(lambda: "next", executor)() == "next"
        assert not runs

    run(scenario)


def test_a_loop_that_is_closed_meanwhile_hears_nothing():
    go_on, ended = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as executor:

        def work():
            go_on.wait(10)

        async def scenario():
            await asyncio.wait([asyncio.ensure_future(awaitable(work, executor)())], timeout=0.01)

        asyncio.run(scenario())
        go_on.set()
        executor.submit(ended.set)
        assert ended.wait(10)
