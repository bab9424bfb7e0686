"""What of a configuration works: every plugin is made, every storage is tried once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..aliases import canonical
from ..causes import told
from ..errors import ConfigurationError, StorageError
from ..finding import find_module
from ..interfaces import Key, Kind, Storage
from ..plugins import (
    PluginEnvironment,
    resolve_error_reporter,
    resolve_metrics,
    resolve_signer,
)
from ..settings.reader import Loaded
from ..settings.sections import Settings
from .checks import Check

TRIAL = b"thumborlike doctor was here"
PATIENCE = 5.0
DELEGATES = {"file_http_fallback": ("file", "http"), "https": ("http",), "strict_https": ("http",)}
"""Loader -> the loaders whose settings count for it, too."""


class Checkup:
    """The checks of one configuration, which share the plugins they make."""

    def __init__(self, loaded: Loaded, executor: ThreadPoolExecutor) -> None:
        self._loaded = loaded
        self._settings: Settings = loaded.settings
        self._env = PluginEnvironment.of(loaded, executor)

    def plugins(self) -> Iterator[Check]:
        """One line for each configured plugin."""
        extensions, storage = self._settings.extensions, self._settings.storage
        env = self._env
        yield _try("LOADER", storage.loader, env.loader)
        for key, name in self._storages():
            yield _try(key, name, env.storage)
        yield _try("METRICS", extensions.metrics, lambda name: resolve_metrics(name, env))
        signer = self._settings.security.url_signer
        yield _try("URL_SIGNER", signer, lambda name: resolve_signer(name, env))
        if extensions.use_custom_error_handling:
            name = extensions.error_handler_module
            yield _try("ERROR_HANDLER_MODULE", name, lambda name: resolve_error_reporter(name, env))
        yield from self._filters()

    def folders(self) -> Iterator[Check]:
        """The folders that loaders read."""
        for section in self.loader_sections():
            root = getattr(section, "file_loader_root_path", None)
            if root is None:
                continue
            if Path(root).is_dir():
                yield Check("ok", f"FILE_LOADER_ROOT_PATH: {root}")
            else:
                text = f"FILE_LOADER_ROOT_PATH: {root} is not a folder"
                yield Check("error", text, "no picture can be served from there")

    def storages(self) -> Iterator[Check]:
        """Write, read and delete one entry in each storage."""
        for name in dict.fromkeys(canonical("storages", each) for _, each in self._storages()):
            try:
                storage = self._env.storage(name)
            except ConfigurationError:
                continue  # told by `plugins`
            yield asyncio.run(_trial(name, storage))

    def loader_sections(self) -> tuple[Any, ...]:
        """The settings of the loaders in use; of those that can be had."""
        name = canonical("loaders", self._settings.storage.loader)
        return tuple(
            filter(None, map(self._section, dict.fromkeys((name, *DELEGATES.get(name, ())))))
        )

    def _section(self, loader: str) -> Any:
        try:
            kind = getattr(find_module("loaders", loader), "SETTINGS", None)
            return self._env.section(kind) if kind else None
        except ConfigurationError:
            return None

    def _storages(self) -> Iterator[tuple[str, str]]:
        storage, upload = self._settings.storage, self._settings.upload
        yield "STORAGE", storage.storage
        if storage.result_storage:
            yield "RESULT_STORAGE", storage.result_storage
        if upload.upload_enabled and upload.upload_photo_storage:
            yield "UPLOAD_PHOTO_STORAGE", upload.upload_photo_storage

    def _filters(self) -> Iterator[Check]:
        """Thumbor 7.8: a filter that cannot be had does not stop the start."""
        wanted = self._settings.extensions.filters
        lost = [name for name in wanted if _is_missing(name)]
        yield Check("ok", f"FILTERS: {len(wanted) - len(lost)} of {len(wanted)}")
        if lost:
            yield Check("warning", f"FILTERS: not available: {', '.join(lost)}")


def _is_missing(name: str) -> bool:
    try:
        find_module("filters", name)
    except ConfigurationError:
        return True
    return False


def _try(key: str, name: str, make: Callable[[str], object]) -> Check:
    try:
        make(name)
    except ConfigurationError as error:
        return Check("error", f"{key}: {error}")
    return Check("ok", f"{key}: {name}")


async def _trial(name: str, storage: Storage) -> Check:
    key = Key(Kind.SOURCE, f"thumborlike-doctor-{uuid.uuid4().hex}")
    try:
        kept = await asyncio.wait_for(_round_trip(storage, key), PATIENCE)
    except asyncio.TimeoutError:
        return Check("error", f"storage {name!r} does not answer within {PATIENCE:.0f} s")
    except StorageError as error:
        return Check("error", f"storage {name!r} does not work: {told(error)}")
    if kept is None:
        return Check("note", f"storage {name!r} keeps nothing")
    if kept != TRIAL:
        return Check("error", f"storage {name!r} gives back other bytes than it was given")
    return Check("ok", f"storage {name!r} keeps what it is given")


async def _round_trip(storage: Storage, key: Key) -> bytes | None:
    await storage.put(key, TRIAL)
    stored = await storage.get(key)
    await storage.delete(key)
    return stored.body if stored else None
