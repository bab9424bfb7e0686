"""kill -9 of a random process each second, under load: no wrong byte, and back within 2 s."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

from .client import get
from .server import Server, descendants, running

RECOVERY = 2.0
PATHS = tuple(
    f"/unsafe/{width}x{width * 2 // 3}/filters:format({kind}):quality(70)/{name}"
    for width in (60, 180, 333)
    for kind in ("jpeg", "png", "webp", "gif")
    for name in ("photo.jpg", "large.jpg")
)


class Watch:
    """What was seen: statuses, wrong answers, and when the last good one came."""

    def __init__(self, golden: dict[str, bytes]) -> None:
        self.golden = golden
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.good = 0.0

    async def ask(self, port: int, path: str) -> None:
        """A good answer is the golden one, whole."""
        started = time.monotonic()
        answer = await get(port, path, 20)
        self.statuses[answer.status] += 1
        if answer.status == 200 and answer.whole:
            if answer.body != self.golden[path]:
                self.wrong.append(path)
            self.good = max(self.good, started)


def chaos(seconds: float, processes: int = 2) -> int:
    """0 if nothing wrong was served and each kill was recovered from, else 1."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results"
        with running(
            Path(folder),
            f"--processes={processes}",
            WORKERS=2,
            DECODED_CACHE_BYTES=0,  # what is shared may be decoded at another scale
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
    end = time.monotonic() + seconds
    clients = [asyncio.create_task(_client(server, watch, n)) for n in range(6)]
    recoveries: list[float] = []
    while time.monotonic() < end:
        await asyncio.sleep(1)
        killed = _kill_one(server, rng)
        recoveries.append(await _recovered(server, watch, killed))
    for each in clients:
        each.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    worst = max(recoveries)
    passed = not watch.wrong and worst <= RECOVERY
    print(f"answers: {dict(sorted(watch.statuses.items()))} (0: the connection broke)")
    print(f"kills: {len(recoveries)}; recovered after {worst:.2f} s at the latest")
    print(f"wrong or torn: {len(watch.wrong)}")
    print("passed" if passed else "FAILED")
    return 0 if passed else 1


def _kill_one(server: Server, rng: random.Random) -> float:
    """Any process but the one that watches the others."""
    with contextlib.suppress(ProcessLookupError, IndexError):
        os.kill(rng.choice(descendants(server.pid)), signal.SIGKILL)
    return time.monotonic()


async def _recovered(server: Server, watch: Watch, killed: float) -> float:
    """Seconds until a request that began after the kill was answered well."""
    while watch.good <= killed and time.monotonic() - killed < 20:
        await asyncio.sleep(0.01)
    return time.monotonic() - killed


async def _client(server: Server, watch: Watch, number: int) -> None:
    rng = random.Random(number)
    while True:
        with contextlib.suppress(asyncio.TimeoutError):
            await watch.ask(server.port, rng.choice(PATHS))
        await asyncio.sleep(0.005)
