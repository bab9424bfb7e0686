"""Minutes of mixed traffic: memory and open files must stay flat."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from .client import cold, dawdle, get, leave, wrong
from .server import PICTURES, Server, Taken, running, taken

EVERY = 5.0
"""Seconds between samples."""

MOST_GROWTH = 1.0
"""MB a minute."""

MOST_FILES = 8
"""By how many the median of the last third of samples may be above that of the first."""

CLIENTS = 8
READABLE = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".ico"}


def soak(minutes: float) -> int:
    """0 if all is flat, 1 if not."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), RESULT_STORAGE="memory", WORKER_MAX_JOBS=500) as server,
    ):
        samples, statuses = asyncio.run(_soak(server, minutes * 60))
    return _judge(samples, statuses)


async def _soak(server: Server, seconds: float) -> tuple[list[tuple[float, Taken]], Counter[int]]:
    begun, statuses = time.monotonic(), Counter[int]()
    end = begun + seconds
    clients = [asyncio.create_task(_client(server, end, n, statuses)) for n in range(CLIENTS)]
    samples = []
    while time.monotonic() < end:
        await asyncio.sleep(EVERY)
        now = await asyncio.to_thread(taken, server.pid)
        samples.append((time.monotonic() - begun, now))
        print(
            f"{samples[-1][0]:6.0f} s  {now.memory / 1e6:7.1f} MB  {now.files:4d} files  "
            f"{now.threads:3d} threads  {now.processes:2d} processes",
            flush=True,
        )
    await asyncio.gather(*clients)
    return samples, statuses


async def _client(server: Server, end: float, number: int, statuses: Counter[int]) -> None:
    rng = random.Random(number)
    sources = tuple(
        sorted(each.name for each in PICTURES.iterdir() if each.suffix.lower() in READABLE)
    )
    hot = [cold(random.Random(0), ("photo.jpg",)) for _ in range(20)]
    while time.monotonic() < end:
        kind = rng.random()
        if kind < 0.05:
            await leave(server.port, cold(rng, sources), rng.random() * 0.2)
        elif kind < 0.06:
            await dawdle(server.port, cold(rng, sources), 2.0)
        else:
            path = wrong(rng) if kind < 0.15 else rng.choice(hot) if kind < 0.5 else ""
            answer = await get(server.port, path or cold(rng, sources))
            statuses[answer.status] += 1


def slope(samples: list[tuple[float, Taken]]) -> float:
    """MB a minute, by a line through what was sampled after a third of the time."""
    rest = samples[len(samples) // 3 :]
    times = [each / 60 for each, _ in rest]
    return statistics.linear_regression(times, [each.memory / 1e6 for _, each in rest]).slope


def _judge(samples: list[tuple[float, Taken]], statuses: Counter[int]) -> int:
    third = max(len(samples) // 3, 1)
    files = [
        statistics.median(each.files for _, each in part)
        for part in (samples[third : 2 * third], samples[-third:])
    ]
    growth = slope(samples)
    flat = growth < MOST_GROWTH and files[1] - files[0] <= MOST_FILES
    sound = not set(statuses) & {0, 500} and statuses[200] > 0
    print(f"answers: {dict(sorted(statuses.items()))}")
    print(f"memory: {growth:+.2f} MB a minute after warm-up; files: {files[0]:g} -> {files[1]:g}")
    print("flat" if flat and sound else "FAILED")
    return 0 if flat and sound else 1
