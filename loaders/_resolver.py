"""Names to addresses, off the event loop, remembered for a minute.

Looked up here and not by libcurl because all answers must be judged before one of them is
used. Each look-up has a thread of its own: a name server that stalls can then hold nobody
else's look-up, and a thread that is still waiting when the process ends does not delay it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

LIFETIME = 60.0
MOST_REMEMBERED = 1024
MOST_AT_ONCE = 256

Addresses = tuple[str, ...]


def look_up(host: str) -> Addresses:
    """Every address of a host, in the system's order of preference. Blocks; raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """Looks names up; equal questions share one look-up."""

    def __init__(self, ask: Callable[[str], Addresses] = look_up) -> None:
        self._ask = ask
        self._known: OrderedDict[str, tuple[float, Addresses]] = OrderedDict()
        self._asking: dict[str, asyncio.Future[Addresses]] = {}

    async def addresses(self, host: str, timeout: float | None) -> Addresses:
        """The addresses of `host`. Raises OSError, or asyncio.TimeoutError after `timeout` s."""
        expires, known = self._known.get(host, (0.0, ()))
        if expires > time.monotonic():
            return known
        asking = self._asking.get(host) or self._start(host)
        return await asyncio.wait_for(asyncio.shield(asking), timeout)

    def _start(self, host: str) -> asyncio.Future[Addresses]:
        if len(self._asking) >= MOST_AT_ONCE:
            raise socket.gaierror(socket.EAI_AGAIN, "too many look-ups are waiting")
        loop = asyncio.get_running_loop()
        asking: asyncio.Future[Addresses] = loop.create_future()
        self._asking[host] = asking
        asking.add_done_callback(lambda done: self._finish(host, done))

        def run() -> None:
            try:
                answer: Addresses | OSError = self._ask(host)
            except OSError as error:
                answer = error
            except UnicodeError as error:
                answer = socket.gaierror(socket.EAI_NONAME, str(error))
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_settle, asking, answer)

        threading.Thread(target=run, name="thumborlike-resolver", daemon=True).start()
        return asking

    def _finish(self, host: str, asking: asyncio.Future[Addresses]) -> None:
        del self._asking[host]
        if asking.cancelled() or asking.exception():
            return
        self._known[host] = (time.monotonic() + LIFETIME, asking.result())
        self._known.move_to_end(host)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)


def _settle(asking: asyncio.Future[Addresses], answer: Addresses | OSError) -> None:
    if asking.done():
        return
    if isinstance(answer, OSError):
        asking.set_exception(answer)
    else:
        asking.set_result(answer)
