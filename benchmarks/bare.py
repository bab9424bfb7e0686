"""The process of the bare pipeline: a line of JSON with an order in, one with the figures out.

    python -m benchmarks.bare THREADS

The sources are read before the clock starts, and no answer is sent: a server does more.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from thumborlike.filtering import Filter
from thumborlike.imaging.render import render
from thumborlike.interfaces import Source
from thumborlike.plugins import resolve_filters
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.settings.sections import EncodingSettings
from thumborlike.url.grammar import parse

from .rows import AVIF_SPEED, QUALITY

SETTINGS = Settings(
    encoding=EncodingSettings(quality=QUALITY, progressive_jpeg=False, avif_speed=AVIF_SPEED)
)


def main() -> None:
    """Carry out orders until the input ends."""
    filters = resolve_filters(SETTINGS.extensions.filters)
    with ThreadPoolExecutor(int(sys.argv[1])) as threads:
        for line in sys.stdin:
            print(json.dumps(_carried_out(json.loads(line), threads, filters)), flush=True)


def _carried_out(
    order: Mapping[str, Any], threads: Executor, filters: Mapping[str, Filter[Any, Any]]
) -> dict[str, object]:
    path, picture = str(order["path"]), Path(order["picture"])
    body = picture.read_bytes()
    names = [each.name for each in prepare(parse(path), {}, SETTINGS, filters).overlays]
    overlays = {name: Source(name, (picture.parent / name).read_bytes()) for name in names}

    def timed(_: int) -> tuple[float, int]:
        started = time.perf_counter()
        job = prepare(parse(path), {}, SETTINGS, filters)
        result = render(Source(job.source.name, body), overlays, job)
        return (time.perf_counter() - started) * 1000, len(result.body)

    started = time.perf_counter()
    done = list(threads.map(timed, range(order["requests"])))
    return {
        "seconds": time.perf_counter() - started,
        "latencies": [milliseconds for milliseconds, _ in done],
        "bytes": sum(size for _, size in done),
    }


if __name__ == "__main__":
    main()
