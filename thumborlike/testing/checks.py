"""What a check is, and how it is run."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeAlias

from ..interfaces import Closes
from ..records import dataclass

Kinds: TypeAlias = "type[BaseException] | tuple[type[BaseException], ...]"

PATIENCE = 120.0
"""Seconds that one check may take: something hangs then."""

THREADS = 16


class Broken(AssertionError):
    """A promise that the plugin does not keep."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise. `check(create, ...)` looks whether it is kept, by what `create` gives.

    `create()` gives a new plugin for each check; it may be `async def`, and the plugin's
    methods may be plain `def`, which run in threads as they do in the server. `str(check)` is
    a name for test reports.
    """

    name: str
    promise: str
    work: Callable[..., Awaitable[None]]
    wrap: Callable[[Any, Any], Any]

    def __str__(self) -> str:
        return self.name

    def __call__(self, create: Callable[[], Any], *arguments: Any) -> None:
        """Run it in an event loop of its own. Raises `Broken`, and what the plugin raises."""
        asyncio.run(self.run(create, *arguments))

    async def run(self, create: Callable[[], Any], *arguments: Any) -> None:
        """Run it in this event loop."""
        with ThreadPoolExecutor(THREADS) as executor:
            plugin = create()
            if inspect.isawaitable(plugin):
                plugin = await plugin
            plugin = self.wrap(plugin, executor)
            try:
                await asyncio.wait_for(self.work(plugin, *arguments), PATIENCE)
            except asyncio.TimeoutError as error:
                raise Broken(f"{self.promise}: nothing happens") from error
            finally:
                if isinstance(plugin, Closes):
                    await plugin.close()


def checks_of(
    works: dict[str, Callable[..., Awaitable[None]]], wrap: Callable[[Any, Any], Any]
) -> tuple[Check, ...]:
    """A check for each function; its docstring is the promise."""
    return tuple(
        Check(name, inspect.getdoc(work) or name, work, wrap) for name, work in works.items()
    )


def expect(kept: object, otherwise: str) -> None:
    """Raise `Broken` unless `kept`."""
    if not kept:
        raise Broken(otherwise)


@contextmanager
def raising(kinds: Kinds, what: str) -> Iterator[None]:
    """The block must end with one of these errors, and no other."""
    ended = False
    with failing_by(kinds, what):
        yield
        ended = True
    if ended:
        raise Broken(f"{what}: {_named(kinds)} is promised, and nothing was raised")


@contextmanager
def failing_by(kinds: Kinds, what: str) -> Iterator[None]:
    """The block may end with one of these errors, and no other."""
    try:
        yield
    except kinds:
        return
    except asyncio.CancelledError:
        raise
    except Exception as error:
        raise Broken(f"{what}: {_named(kinds)} is promised, not {error!r}") from error


def _named(kinds: Kinds) -> str:
    return " or ".join(each.__name__ for each in (kinds if isinstance(kinds, tuple) else (kinds,)))
