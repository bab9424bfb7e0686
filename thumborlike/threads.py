"""Plugins written with plain `def` methods, made to look async: they run in the I/O threads."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any, TypeVar

from .interfaces import Key, Loader, LoadsAtOnce, Source, SourceRequest, Storage, Stored

T = TypeVar("T")
AWAITED, CALLED = ("put_as_of", "acquire", "release"), ("stats", "prune")
"""What a storage may have besides, and how others use it."""


class ThreadedLoader:
    """A loader whose blocking methods run in `executor`."""

    def __init__(self, loader: Any, executor: Executor) -> None:
        self.allows = loader.allows
        self._load = awaitable(loader.load, executor)
        self._close = awaitable(getattr(loader, "close", _nothing), executor)

    async def load(self, wanted: SourceRequest) -> Source:
        """As the loader's own."""
        source: Source = await self._load(wanted)
        return source

    async def close(self) -> None:
        """As the loader's own, if it has one."""
        await self._close()


class ThreadedUnlessAtOnce(ThreadedLoader):
    """One that needs no thread for what it has at once."""

    def __init__(self, loader: Any, executor: Executor) -> None:
        super().__init__(loader, executor)
        self.load_at_once: Callable[[SourceRequest], Source | None] = loader.load_at_once

    async def load(self, wanted: SourceRequest) -> Source:
        """As the loader's own."""
        return self.load_at_once(wanted) or await super().load(wanted)


class ThreadedStorage:
    """A storage whose blocking methods run in `executor`."""

    def __init__(self, storage: Any, executor: Executor) -> None:
        self._get = awaitable(storage.get, executor)
        self._put = awaitable(storage.put, executor)
        self._delete = awaitable(storage.delete, executor)
        self._close = awaitable(getattr(storage, "close", _nothing), executor)
        for name in AWAITED:
            if hasattr(storage, name):
                setattr(self, name, awaitable(getattr(storage, name), executor))
        for name in CALLED:
            if hasattr(storage, name):
                setattr(self, name, getattr(storage, name))

    async def get(self, key: Key) -> Stored | None:
        """As the storage's own."""
        stored: Stored | None = await self._get(key)
        return stored

    async def put(self, key: Key, body: bytes) -> None:
        """As the storage's own."""
        await self._put(key, body)

    async def delete(self, key: Key) -> None:
        """As the storage's own."""
        await self._delete(key)

    async def close(self) -> None:
        """As the storage's own, if it has one."""
        await self._close()


class ThreadedPurging(ThreadedStorage):
    """One that can purge, too."""

    def __init__(self, storage: Any, executor: Executor) -> None:
        super().__init__(storage, executor)
        self._purge = awaitable(storage.purge, executor)

    async def purge(self, source: str) -> int:
        """As the storage's own."""
        removed: int = await self._purge(source)
        return removed


def unblocked_loader(loader: Any, executor: Executor) -> Loader:
    """The loader itself if nothing in it blocks, else wrapped."""
    if _blocks(loader, ("load", "close")):
        kind = ThreadedUnlessAtOnce if isinstance(loader, LoadsAtOnce) else ThreadedLoader
        return kind(loader, executor)
    made: Loader = loader
    return made


def unblocked_storage(storage: Any, executor: Executor) -> Storage:
    """The storage itself if nothing in it blocks, else wrapped."""
    if _blocks(storage, ("get", "put", "delete", "purge", "close", *AWAITED)):
        kind = ThreadedPurging if hasattr(storage, "purge") else ThreadedStorage
        return kind(storage, executor)
    made: Storage = storage
    return made


def awaitable(method: Callable[..., T], executor: Executor) -> Callable[..., Awaitable[T]]:
    """The method, if it is `async def`; else one that runs it in a thread."""
    if inspect.iscoroutinefunction(method):
        return method

    async def run(*arguments: Any) -> T:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        within = copy_context().run  # what is logged there belongs to the request
        executor.submit(_answer, answer, within, method, *arguments)
        result: Any = await answer
        done: T = await result if inspect.isawaitable(result) else result
        return done

    return run


def _answer(answer: asyncio.Future[Any], work: Callable[..., Any], *arguments: Any) -> None:
    """Do it in this thread, and tell the event loop. Unlike its own way, with one future."""
    if answer.cancelled():
        return
    tell = answer.get_loop().call_soon_threadsafe
    with contextlib.suppress(RuntimeError):  # the loop is closed, nobody waits
        try:
            value = work(*arguments)
        except BaseException as error:
            tell(_tell, answer, None, error)
        else:
            tell(_tell, answer, value, None)


def _tell(answer: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(value)
    else:
        answer.set_exception(error)


def _blocks(plugin: Any, methods: tuple[str, ...]) -> bool:
    return not all(
        inspect.iscoroutinefunction(getattr(plugin, name))
        for name in methods
        if hasattr(plugin, name)
    )


async def _nothing() -> None:
    """What stands in for a `close` that a plugin does not have."""
