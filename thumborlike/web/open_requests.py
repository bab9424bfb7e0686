"""How many requests are being answered, so that shutting down can wait for the last one."""

from __future__ import annotations

import asyncio
from types import TracebackType


class OpenRequests:
    """A counter used as `with open_requests:`; `closed` waits for it to be zero."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._count -= 1
        if not self._count:
            self._none.set()

    async def closed(self, seconds: float) -> bool:
        """Wait until none is open, at most so long; whether none is."""
        try:
            await asyncio.wait_for(self._none.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True
