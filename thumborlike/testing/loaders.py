"""What every loader promises."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from ..errors import (
    SourceError,
    SourceFailed,
    SourceNotAllowed,
    SourceNotFound,
    SourceTimeout,
    SourceTooLarge,
)
from ..interfaces import Closes, Loader, Source, SourceRequest
from ..threads import unblocked_loader
from .checks import Check, checks_of, expect, failing_by, raising

ODD_NAMES = (
    "",
    "/",
    ".",
    "..",
    "../../../../etc/passwd",
    "%2e%2e/%2e%2e/etc/passwd",
    "a%00b.jpg",
    "with\0nul",
    "with\nnewline",
    "lone\ud800surrogate",
    "%ff%fe.jpg",
    "%zz",
    "x" * 8000,
    "maracuj%C3%A1/%E6%97%A5%E6%9C%AC%E8%AA%9E.jpg",
    "http%3A//",
    "http%3A//%5B%3A%3A1",
    "file%3A///etc/passwd",
    "//",
    "a.jpg%3Fx%3D1%23y",
)
"""Names that strangers write."""

SOON = 30.0
"""Seconds in which a loader must have said that the origin is dead."""


def loader_checks() -> tuple[Check, ...]:
    """Checks of a loader: `check(create, there, missing)`.

    `there` maps names of sources to their bytes, `missing` is a name that it allows and has not.
    """
    return checks_of(_PROMISES, unblocked_loader)


def dead_loader_checks() -> tuple[Check, ...]:
    """Checks of a loader whose origin does not answer: `check(create, name)`."""
    return checks_of({"dead_origin": _dead}, unblocked_loader)


async def _fits(loader: Loader, there: Mapping[str, bytes], missing: str) -> None:
    """It has allows and load."""
    expect(isinstance(loader, Loader), "allows and load are promised")


async def _loads(loader: Loader, there: Mapping[str, bytes], missing: str) -> None:
    """What is there is loaded, under the name that was asked for."""
    for name, body in there.items():
        expect(loader.allows(name) is True, f"{name!r} is allowed")
        source = await loader.load(SourceRequest(name))
        expect(isinstance(source, Source), "a Source is promised")
        expect(source.body == body, f"{name!r} is loaded byte for byte")
        expect(source.name == name, "the source has the name that was asked for")
        told = source.modified is None or 0 <= source.modified <= time.time() + 86400
        expect(told, "modified is None or in epoch seconds")


async def _many(loader: Loader, there: Mapping[str, bytes], missing: str) -> None:
    """Many are loaded at once."""
    names = [*there] * 20
    sources = await asyncio.gather(*(loader.load(SourceRequest(name)) for name in names))
    expect([each.body for each in sources] == [there[name] for name in names], "each is its own")


async def _missing(loader: Loader, there: Mapping[str, bytes], missing: str) -> None:
    """What is not there is SourceNotFound."""
    with raising(SourceNotFound, "a missing source"):
        await loader.load(SourceRequest(missing))


async def _odd(loader: Loader, there: Mapping[str, bytes], missing: str) -> None:
    """Odd names are refused, not found or loaded, and nothing else."""
    for name in ODD_NAMES:
        allowed = loader.allows(name)
        expect(isinstance(allowed, bool), f"allows({name[:40]!r}) gives True or False")
        if allowed:
            with failing_by((SourceError, SourceNotAllowed), f"the name {name[:40]!r}"):
                await loader.load(SourceRequest(name))


async def _cancelling(loader: Loader, there: Mapping[str, bytes], missing: str) -> None:
    """Whoever is cancelled leaves a loader that works."""
    name, body = next(iter(there.items()))
    for turns in range(8):
        task = asyncio.ensure_future(loader.load(SourceRequest(name)))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        source = await loader.load(SourceRequest(name))
        expect(source.body == body, "the next one gets the source")


async def _closing(loader: Loader, there: Mapping[str, bytes], missing: str) -> None:
    """It may be closed twice."""
    await loader.load(SourceRequest(next(iter(there))))
    if isinstance(loader, Closes):
        await loader.close()
        await loader.close()


async def _dead(loader: Loader, name: str) -> None:
    """A dead origin is SourceFailed or SourceTimeout, and soon."""
    began = time.monotonic()
    with raising((SourceFailed, SourceTimeout), "a dead origin"):
        await loader.load(SourceRequest(name))
    expect(time.monotonic() - began < SOON, f"it fails within {SOON:g} s")


def size_checks() -> tuple[Check, ...]:
    """Checks of a loader with a small `env.max_source_size`: `check(create, larger_name)`."""
    return checks_of({"too_large": _too_large}, unblocked_loader)


async def _too_large(loader: Loader, name: str) -> None:
    """What is larger than `env.max_source_size` is SourceTooLarge, or not found."""
    with raising((SourceTooLarge, SourceNotFound), "a source that is too large"):
        await loader.load(SourceRequest(name))


_PROMISES: dict[str, Callable[..., Awaitable[None]]] = {
    "interface": _fits,
    "loads": _loads,
    "many_at_once": _many,
    "missing": _missing,
    "odd_names": _odd,
    "cancelling": _cancelling,
    "closing": _closing,
}
