"""Waiting for a future, for so long at most, at the cost of one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_time(
    future: asyncio.Future[T],
    seconds: float | None,
    late: Callable[[asyncio.Future[T]], object],
) -> T:
    """What it gives or raises. `late` is called with it if it is not done by then.

    `seconds` None or 0 waits for ever. Neither wait_for nor wait: they cost a task or a
    turn of the loop more.
    """
    timer = future.get_loop().call_later(seconds, _check, future, late) if seconds else None
    try:
        return await future
    finally:
        if timer:
            timer.cancel()


def _check(future: asyncio.Future[T], late: Callable[[asyncio.Future[T]], object]) -> None:
    if not future.done():
        late(future)


def refuse(future: asyncio.Future[Any], error: Exception) -> None:
    """Have it raise; nothing is logged if nobody waits for it any more."""
    future.set_exception(error)
    future.exception()
