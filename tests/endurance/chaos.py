"""kill -9 of a process each second, under load: no wrong byte, and back within 2 s."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from .client import get
from .likeness import MEAN, MOST, Likeness
from .server import Server, running
from .taken import members

RECOVERY = 2.0
"""Seconds until a request that began after a kill is answered well."""

COMPLETE = 10.0
"""Seconds until there are as many processes of each kind as before."""

KINDS = ("server", "template", "worker")
"""What is killed, in turn. The parent that watches the servers is not."""

PATHS = tuple(
    f"/unsafe/{width}x{width * 2 // 3}/filters:format({kind}):quality(70)/{name}"
    for width in (60, 180, 333)
    for kind in ("jpeg", "png", "webp", "gif")
    for name in ("photo.jpg", "large.jpg")
)


class Watch:
    """What was seen: statuses, wrong answers, and when the last good one came."""

    def __init__(self, golden: dict[str, bytes]) -> None:
        self.likeness = Likeness(golden)
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.good = 0.0

    async def ask(self, port: int, path: str) -> None:
        """A good answer is the golden picture, whole."""
        started = time.monotonic()
        answer = await get(port, path, 20)
        self.statuses[answer.status] += 1
        if answer.status != 200:
            return
        if not answer.whole:
            self.statuses[0] += 1  # cut short, as its length told the client
            return
        if fault := self.likeness.fault(path, answer.body):
            self.wrong.append(f"{path}: {fault}")
        self.good = max(self.good, started)


def chaos(seconds: float, processes: int = 2) -> int:
    """0 if nothing wrong was served and each kill was recovered from, else 1."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results"
        with running(
            Path(folder),
            f"--processes={processes}",
            WORKERS=2,
            RESULT_STORAGE="file",
            RESULT_STORAGE_STORES_UNSAFE=True,
            RESULT_STORAGE_FILE_STORAGE_ROOT_PATH=str(store),
            RESULT_CACHE_SECONDS=0.5,
            RESULT_STORAGE_EXPIRATION_SECONDS=2,
        ) as server:
            return asyncio.run(_chaos(server, seconds))


async def _chaos(server: Server, seconds: float) -> int:
    golden = {path: (await get(server.port, path)).body for path in PATHS}
    watch, rng = Watch(golden), random.Random(7)
    whole = Counter(members(server.pid).values())
    ended = asyncio.Event()
    clients = [asyncio.create_task(_client(server, watch, n, ended)) for n in range(6)]
    served, complete = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        await asyncio.sleep(1)
        kind = KINDS[number % len(KINDS)]
        killed = _kill_one(server, rng, kind)
        served[kind].append(await _recovered(watch, killed))
        complete[kind].append(await _complete(server, whole, killed))
        number += 1
        print(f"{kind:9} {served[kind][-1]:.2f} s, {complete[kind][-1]:.2f} s", flush=True)
    ended.set()
    await asyncio.gather(*clients)
    return _judge(watch, served, complete)


def _judge(watch: Watch, served: dict[str, list[float]], complete: dict[str, list[float]]) -> int:
    print(f"answers: {dict(sorted(watch.statuses.items()))} (0: the connection broke)")
    for kind, times in served.items():
        print(
            f"{kind:9} killed {len(times):3d} times: served again after {max(times):.2f} s, "
            f"complete after {max(complete[kind]):.2f} s at the latest"
        )
    likeness = watch.likeness
    print(
        f"wrong: {len(watch.wrong)}; other bytes for the same picture: {likeness.others}, "
        f"by {likeness.mean:.2f} ({MEAN:g}) in the mean, {likeness.most:.1f} ({MOST:g}) at most"
    )
    for each in sorted(set(watch.wrong))[:20]:
        print(f"  {each}")
    back = max(map(max, served.values())) <= RECOVERY
    again = max(map(max, complete.values())) <= COMPLETE
    passed = not watch.wrong and back and again
    print("passed" if passed else "FAILED")
    return 0 if passed else 1


def _kill_one(server: Server, rng: random.Random, kind: str) -> float:
    with contextlib.suppress(ProcessLookupError):
        os.kill(rng.choice([pid for pid, role in members(server.pid).items() if role == kind]), 9)
    return time.monotonic()


async def _recovered(watch: Watch, killed: float) -> float:
    """Seconds until a request that began after the kill was answered well."""
    while watch.good <= killed and time.monotonic() - killed < 20:
        await asyncio.sleep(0.01)
    return time.monotonic() - killed


async def _complete(server: Server, whole: Counter[str], killed: float) -> float:
    """Seconds until each kind is as many as it was."""
    while time.monotonic() - killed < 20:
        now = await asyncio.to_thread(members, server.pid)
        if Counter(now.values()) >= whole:
            break
        await asyncio.sleep(0.1)
    return time.monotonic() - killed


async def _client(server: Server, watch: Watch, number: int, ended: asyncio.Event) -> None:
    rng = random.Random(number)
    while not ended.is_set():
        with contextlib.suppress(asyncio.TimeoutError):
            await watch.ask(server.port, rng.choice(PATHS))
        await asyncio.sleep(0.005)
