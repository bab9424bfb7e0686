"""Storages as the server makes them: from settings, behind threads where they block."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pytest

from thumborlike.interfaces import Key, Storage, Stored
from thumborlike.threads import unblocked_storage


@dataclass
class Env:
    """What a plugin is given; its settings are taken from `values` by attribute."""

    values: dict[str, Any] = field(default_factory=dict)
    made: dict[str, Storage] = field(default_factory=dict)
    executor: ThreadPoolExecutor | None = None
    max_source_size: int = 0
    metrics: Any = None

    def section(self, kind: type[Any]) -> Any:
        own = {each.name for each in fields(kind)}
        return kind(**{name: value for name, value in self.values.items() if name in own})

    def storage(self, name: str) -> Storage:
        if name not in self.made:
            module = importlib.import_module(f"thumborlike.storages.{name}")
            self.made[name] = unblocked_storage(module.create(self), self.executor)
        return self.made[name]


class Driven:
    """A storage whose methods are called from ordinary tests. `gather` runs many at once."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def get(self, key: Key) -> Stored | None:
        return asyncio.run(self.storage.get(key))

    def put(self, key: Key, body: bytes) -> None:
        asyncio.run(self.storage.put(key, body))

    def delete(self, key: Key) -> None:
        asyncio.run(self.storage.delete(key))

    def gather(self, *calls: Callable[[], Awaitable[Any]]) -> list[Any]:
        async def together() -> list[Any]:
            return await asyncio.gather(*(call() for call in calls))

        return asyncio.run(together())


@pytest.fixture
def env(tmp_path: Path) -> Iterator[Env]:
    with ThreadPoolExecutor(8) as executor:
        yield Env(
            {
                "file_storage_root_path": str(tmp_path / "sources"),
                "result_storage_file_storage_root_path": str(tmp_path / "results"),
                "memory_storage_max_bytes": 64 << 20,
                "mixed_storage_file_storage": "file",
                "mixed_storage_crypto_storage": "memory",
                "mixed_storage_detector_storage": "memory",
            },
            executor=executor,
        )
