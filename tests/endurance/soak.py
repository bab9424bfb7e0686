"""Minutes of mixed traffic: memory and open files must stay flat."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

from .client import cold, dawdle, get, leave, wrong
from .server import PICTURES, Server, running
from .taken import Taken, taken

EVERY = 5.0
"""Seconds between samples."""

MOST_GROWTH = 1.0
"""MB a minute, of PSS as of RSS."""

SWING = 64.0
"""MB by which a line may rise in all where it is short: caches fill, and workers that have grown
are replaced by small ones. After 6 minutes it is `MOST_GROWTH` that counts."""

FULL_LENGTH = 6.0

MORE_FILES = 2
"""By how much the last third of samples may be above the one before, in the median; and by how
much a line through both may rise. Connections of clients do not count here: they must be gone."""

CLIENTS = 8
READABLE = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".ico"}

SIZES = ("pss", "rss")
Samples = list[tuple[float, Taken]]


def soak(minutes: float) -> int:
    """0 if all is flat, 1 if not."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), RESULT_STORAGE="memory", WORKER_MAX_JOBS=500) as server,
    ):
        samples, statuses, left = asyncio.run(_soak(server, minutes * 60))
    _tell_by_process(samples)
    return _judge(samples, statuses, left)


async def _soak(server: Server, seconds: float) -> tuple[Samples, Counter[int], int]:
    begun, statuses = time.monotonic(), Counter[int]()
    end = begun + seconds
    clients = [asyncio.create_task(_client(server, end, n, statuses)) for n in range(CLIENTS)]
    samples = []
    while time.monotonic() < end:
        await asyncio.sleep(EVERY)
        now = await asyncio.to_thread(taken, server.pid, server.port)
        samples.append((time.monotonic() - begun, now))
        print(
            f"{samples[-1][0]:6.0f} s  PSS {now.pss / 1e6:7.1f} MB  RSS {now.rss / 1e6:7.1f} MB  "
            f"{now.files:4d} files  {now.connections:2d} connections  {now.threads:3d} threads  "
            f"{len(now.each):2d} processes",
            flush=True,
        )
    await asyncio.gather(*clients)
    return samples, statuses, await _connections_left(server)


async def _connections_left(server: Server) -> int:
    """Of clients who have all gone, after a moment."""
    for _ in range(30):
        if not (left := taken(server.pid, server.port).connections):
            break
        await asyncio.sleep(0.1)
    return left


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


def slope(samples: Samples, value: Callable[[Taken], float]) -> float:
    """Growth a minute, by a line through what was sampled after a third of the time."""
    rest = samples[len(samples) // 3 :]
    times = [each / 60 for each, _ in rest]
    return statistics.linear_regression(times, [value(each) for _, each in rest]).slope


def _tell_by_process(samples: Samples) -> None:
    """For each kind: how many at the end, and MB of each in the first, the last, the largest."""
    third = samples[len(samples) // 3 :]
    print("MB of one process      after warm-up     at the end       at most")
    for role in samples[-1][1].by_role():
        for name in SIZES:
            sizes = [[getattr(one, name) for one in now.by_role()[role]] for _, now in third]
            means = [statistics.mean(each) / 1e6 for each in sizes if each]
            most = max(max(each) for each in sizes if each) / 1e6
            label = f"{role} ({len(sizes[-1])}), {name.upper()}"
            print(f"{label:20} {means[0]:15.1f} {means[-1]:14.1f} {most:13.1f}")


def _judge(samples: Samples, statuses: Counter[int], left: int) -> int:
    third = max(len(samples) // 3, 1)
    files = [
        statistics.median(each.files for _, each in part)
        for part in (samples[third : 2 * third], samples[-third:])
    ]
    pss, rss = (slope(samples, attrgetter(name)) / 1e6 for name in SIZES)
    minutes = (samples[-1][0] - samples[third][0]) / 60
    risen = slope(samples, attrgetter("files")) * minutes
    flat = max(pss, rss) < (MOST_GROWTH if minutes >= FULL_LENGTH else SWING / minutes)
    closed = files[1] - files[0] <= MORE_FILES and risen <= MORE_FILES and not left
    sound = not set(statuses) & {0, 500} and statuses[200] > 0
    print(f"answers: {dict(sorted(statuses.items()))}")
    print(f"memory after warm-up, MB a minute: PSS {pss:+.2f}, RSS {rss:+.2f}")
    print(f"files: {files[0]:g} -> {files[1]:g} (line: {risen:+.1f}); connections left: {left}")
    print("flat" if flat and closed and sound else "FAILED")
    return 0 if flat and closed and sound else 1
