"""Waiting until a client has its answer, but not for ever."""

from __future__ import annotations

import asyncio
import logging

from tornado.iostream import StreamClosedError

SLOWEST_READER = 4096
"""Bytes per second below which a client is taken for dead."""

log = logging.getLogger(__name__)


async def delivered(sent: asyncio.Future[None], size: int, patience: float) -> bool:
    """Wait for the write of `size` bytes; False if the client reads too slowly.

    `patience` in seconds, beside the time that the slowest reader needs; 0 waits for ever.
    """
    try:
        await asyncio.wait_for(sent, patience + size / SLOWEST_READER if patience else None)
    except StreamClosedError:
        log.debug("the client left before the answer was out")
    except asyncio.TimeoutError:
        log.info("the client reads too slowly, closing")
        return False
    return True
