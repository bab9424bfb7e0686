"""500 requests at once for pictures that nobody made yet."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path

from .client import Answer, get
from .server import Server, running
from .taken import taken

BUDGET = 1200
"""MB of PSS: the server 150, queued sources 256 at most, two workers 256 each and their caches."""


SHORT_QUEUE = 50


def overload(count: int) -> int:
    """0 if each was answered or refused in time, memory held, and service was normal after.

    Once as it is by default, once with a queue so short that most have to be refused.
    """
    return max(_with(count, "the usual queue"), _with(count, "a short queue", SHORT_QUEUE))


def _with(count: int, name: str, queue: int = 0) -> int:
    keys = {"QUEUE_SIZE": queue} if queue else {}
    print(f"{count} new pictures at once, {name} {queue or ''}".rstrip(), flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), WORKERS=2, **keys) as server,
    ):
        return asyncio.run(_overload(server, count, must_shed=bool(queue) and queue < count // 2))


async def _overload(server: Server, count: int, *, must_shed: bool) -> int:
    await get(server.port, "/unsafe/20x20/photo.jpg")
    before, peak, health = taken(server.pid, server.port).pss, [0], [0.0]
    watch = asyncio.create_task(_watch(server, peak, health))
    started = time.monotonic()
    answers = await asyncio.gather(*(_timed(server, number) for number in range(count)))
    lasted, again = time.monotonic() - started, time.monotonic()
    after = await get(server.port, "/unsafe/33x20/photo.jpg")
    normal = time.monotonic() - again
    watch.cancel()
    statuses = Counter(answer.status for answer, _ in answers)
    bare = [each for each, _ in answers if each.status == 503 and "Retry-After" not in each.head]
    rows = {
        "answers": dict(sorted(statuses.items())),
        "503 without Retry-After": len(bare),
        "slowest answer (s)": round(max(seconds for _, seconds in answers), 2),
        "all of it (s)": round(lasted, 2),
        "memory (PSS) before, most (MB)": (before // 10**6, peak[0] // 10**6),
        "health check at the slowest (ms)": round(max(health) * 1000, 1),
        "a new picture right after (s)": round(normal, 3),
    }
    for name, value in rows.items():
        print(f"{name:34} {value}")
    passed = (
        set(statuses) == ({200, 503} if must_shed else {200} | (set(statuses) & {503}))
        and not bare
        and peak[0] < BUDGET * 1e6
        and after.status == 200
        and normal < 1
        and max(health) < 1
    )
    print("passed" if passed else "FAILED")
    return 0 if passed else 1


async def _timed(server: Server, number: int) -> tuple[Answer, float]:
    started = time.monotonic()
    answer = await get(server.port, f"/unsafe/{300 + number}x400/large.jpg", 35)
    return answer, time.monotonic() - started


async def _watch(server: Server, peak: list[int], health: list[float]) -> None:
    while True:
        started = time.monotonic()
        await get(server.port, "/healthcheck")
        health.append(time.monotonic() - started)
        peak[0] = max(peak[0], (await asyncio.to_thread(taken, server.pid, server.port)).pss)
        await asyncio.sleep(0.1)
