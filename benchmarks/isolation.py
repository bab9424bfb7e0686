"""What a worker process costs a request: the way there and back, without any work.

    python -m benchmarks.isolation      # pebble and loky are measured too where they are installed

A source of each size is sent to be refused at once. Medians of wall time; `loop` is the CPU time
of the sending process.
"""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from thumborlike.bench import measure
from thumborlike.errors import ImageError
from thumborlike.interfaces import Source
from thumborlike.isolation.pool import Processes
from thumborlike.isolation.setup import Setup
from thumborlike.plugins import NoMetrics
from thumborlike.settings.sections import ImagingSettings

SIZES = (20_000, 300_000, 3_000_000, 20_000_000)
ROUNDS, WARM_UP = 60, 5
Way = Callable[[bytes], Awaitable[object]]


def look(body: bytes) -> int:
    """Stands for work in pools that know nothing of pictures."""
    return len(body)


async def main() -> None:
    """Measure all ways in turns, and print a line for each size."""
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("forkserver")
    threads, library = ThreadPoolExecutor(1), ProcessPoolExecutor(1, context)
    ours = Processes(1, Setup(readable=(str(Path.cwd()),)), NoMetrics())

    async def isolated(body: bytes) -> None:
        try:
            await ours.begin(measure, Source("", body), ImagingSettings())
        except ImageError:
            return

    ways: dict[str, Way] = {
        "thread": lambda body: loop.run_in_executor(threads, look, body),
        "ours": isolated,
        "concurrent.futures": lambda body: loop.run_in_executor(library, look, body),
        **others(),
    }
    for size in SIZES:
        await compare(size, ways)
    ours.close()
    library.shutdown()
    threads.shutdown()


def others() -> dict[str, Way]:
    """Pools of other libraries, where they are installed."""
    found: dict[str, Way] = {}
    try:
        pool = importlib.import_module("pebble").ProcessPool(1)
        found["pebble"] = lambda body: asyncio.wrap_future(pool.schedule(look, args=[body]))
    except ImportError:
        print("pebble is not installed")
    try:
        executor = importlib.import_module("loky").get_reusable_executor(1)
        found["loky"] = lambda body: asyncio.wrap_future(executor.submit(look, body))
    except ImportError:
        print("loky is not installed")
    return found


async def compare(size: int, ways: dict[str, Way]) -> None:
    """One line: milliseconds of each way for a source of `size` bytes."""
    body = b"no picture" + os.urandom(size)
    walls: dict[str, list[float]] = {name: [] for name in ways}
    loops: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(WARM_UP + ROUNDS):
        for name, way in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            await way(body)
            if number >= WARM_UP:
                walls[name].append((time.perf_counter() - wall) * 1000)
                loops[name].append((time.process_time() - cpu) * 1000)
    told = (
        f"{name} {statistics.median(walls[name]):.2f} ms (loop {statistics.mean(loops[name]):.2f})"
        for name in ways
    )
    print(f"{size:>10} bytes: " + ", ".join(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
