"""Thumbor 7.8's names, as it sent them to a statsd listener for the same requests as here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

HERE = Path(__file__).parent
PICTURES = HERE.parents[0] / "pictures"
THUMBORS = json.loads((HERE / "thumbor_names.json").read_text())
"""By kind of request: the names that it sends. Made by sending them to Thumbor 7.8.0 with its HTTP
loader, file storage and result storage; those of the loader are left out, see tests/loaders."""

PATHS = {
    "made": "/unsafe/30x20/photo.jpg",
    "stored": "/unsafe/30x20/photo.jpg",
    "smart": "/unsafe/30x20/smart/photo.jpg",
    "webp": "/unsafe/30x20/filters:format(webp)/photo.jpg",
    "avif": "/unsafe/30x20/filters:format(avif)/photo.jpg",
    "gif": "/unsafe/30x20/filters:format(gif)/photo.jpg",
    "png": "/unsafe/30x20/filters:format(png)/photo.jpg",
    "filters": "/unsafe/30x20/filters:brightness(10):blur(2)/photo.jpg",
    "meta": "/unsafe/meta/30x20/photo.jpg",
    "missing": "/unsafe/30x20/none.jpg",
    "bad": "/abc/30x20/photo.jpg",
}
NOT_HERE = {
    "webp": {"filter.format.time"},
    "avif": {"filter.format.time"},
    "gif": {"filter.format.time"},
    "png": {"filter.format.time"},
    "missing": {"response.none_smart.count", "response.none_smart.latency"},
}
"""docs/metrics.md tells why."""


class Noted:
    def __init__(self) -> None:
        self.counted: list[tuple[str, float]] = []
        self.levels: dict[str, list[float]] = {}

    def incr(self, name: str, value: int = 1) -> None:
        self.counted.append((name, value))

    def timing(self, name: str, milliseconds: float) -> None:
        self.counted.append((name, milliseconds))

    def gauge(self, name: str, value: float) -> None:
        self.levels.setdefault(name, []).append(value)

    def taken(self) -> Noted:
        """What there is so far, apart; it begins anew."""
        apart = Noted()
        apart.counted, self.counted = self.counted, []
        apart.levels, self.levels = self.levels, {}
        return apart

    def names(self) -> set[str]:
        return {name for name, _ in self.counted}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Noted]]:
    """`told(request, ...)`: what each of them counts, one after the other."""

    async def scenario(requests: tuple[Request, ...], keys: dict[str, Any]) -> list[Noted]:
        noted, all_ = Noted(), []
        monkeypatch.setattr("thumborlike.service.resolve_metrics", lambda *_: noted)
        service = build(load(overrides={**KEYS, **keys}))
        for each in requests:
            await service.handle(each)
            await service.landed()
            all_.append(noted.taken())
        await service.drain(5)
        return all_

    return lambda *requests, **keys: asyncio.run(scenario(requests, keys))


KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(PICTURES), "STORAGE": "memory", "RESULT_STORAGE": "memory",
    "RESULT_STORAGE_STORES_UNSAFE": True, "RESULT_CACHE_SECONDS": 0, "WORKERS": 1,
}  # fmt: skip


def test_requests_count_under_all_names_of_thumbors(told: Callable[..., list[Noted]]) -> None:
    all_ = told(*(Request("GET", each) for each in PATHS.values()))
    for case, noted in zip(PATHS, all_, strict=True):
        lacking = set(THUMBORS[case]) - noted.names()
        assert lacking == NOT_HERE.get(case, set()), case


def test_figures_are_those_of_the_answer(told: Callable[..., list[Noted]]) -> None:
    path = PATHS["made"]
    made, head, stored = (
        dict(each.counted)
        for each in told(*(Request(method, path) for method in ("GET", "HEAD", "GET")))
    )
    size = made["result_storage.bytes_written"]
    assert made["response.bytes.jpg"] == stored["response.bytes.jpg"] == size > 100
    assert stored["result_storage.bytes_read"] == size
    assert "response.bytes.jpg" not in head
    assert made["response.time"] == made["response.time.jpg"] == made["response.time.200"] > 0


def test_levels_of_queue_and_workers(told: Callable[..., list[Noted]]) -> None:
    (levels,) = (each.levels for each in told(Request("GET", PATHS["made"])))
    assert levels["workers.busy"] == [1, 0]
    assert levels["workers.ready"] == [1]
