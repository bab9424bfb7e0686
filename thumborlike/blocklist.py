"""The block list: sources that are refused, one a line, edited by /blacklist.

Thumbor 7.8 asks whether the source's name occurs anywhere in the file: `http://h/i.jpg` in
the list does not block `/unsafe/http://h/i.jpg` (whose name is `http%3A//h/i.jpg`), but an
innocent `h` is blocked. Here a line blocks one source, in every spelling that leads to it.
The file is Thumbor's, `blacklist.txt` in the storage, so that existing lists count.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote

from .errors import MalformedRequest, StorageError
from .interfaces import Key, Kind, Stored

KEY = Key(Kind.SOURCE, "blacklist.txt")
FRESH_SECONDS = 1.0
"""How long a process trusts what it has read; its own changes count at once."""

PATIENCE = 2.0
"""Seconds a request waits for the list; after that the last known one counts."""

DECODINGS = 8
SCHEME_AT_FRONT = re.compile(r"^https?:/*", re.IGNORECASE)
LIST_LIMIT = 16 * 1024 * 1024
log = logging.getLogger(__name__)


class Shelf(Protocol):
    """What is needed of a storage."""

    async def get(self, key: Key) -> Stored | None:
        """The entry, or None."""
        ...

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry."""
        ...


class BlockList:
    """Answers whether a source is blocked. If the storage fails, what was read last counts."""

    def __init__(self, storage: Shelf, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._clock = clock
        self._writing = asyncio.Lock()
        self._blocked: frozenset[str] = frozenset()
        self._read_at: float | None = None
        self._fails = False

    async def blocks(self, source: str) -> bool:
        """Whether a line of the list names this source."""
        if self._read_at is None or self._clock() - self._read_at >= FRESH_SECONDS:
            await self._refresh()
        return not self._blocked.isdisjoint(spellings(source))

    async def text(self) -> bytes:
        """The list as it is stored, empty if there is none. Raises `StorageError`."""
        stored = await self._storage.get(KEY)
        return stored.body if stored else b""

    async def add(self, line: str) -> None:
        """Block one more source, written plain or percent-encoded, with scheme or without.

        Raises `MalformedRequest` for an empty line or a full list, and `StorageError`.
        """
        entry = line.strip()
        if not entry or "\n" in entry or "\r" in entry:
            raise MalformedRequest("one source is needed, after the question mark")
        async with self._writing:
            kept = await self.text()
            if len(kept) + len(entry) > LIST_LIMIT:
                raise MalformedRequest("the block list is full")
            separator = b"" if not kept or kept.endswith(b"\n") else b"\n"
            body = kept + separator + entry.encode("utf-8", "replace") + b"\n"
            await self._storage.put(KEY, body)
            self._take(body)

    async def _refresh(self) -> None:
        self._read_at = self._clock()  # at once: requests that come meanwhile need not read too
        try:
            self._take(await asyncio.wait_for(self.text(), PATIENCE))
        except (StorageError, asyncio.TimeoutError) as error:
            self._tell(str(error) or type(error).__name__)

    def _tell(self, reason: str) -> None:
        """Once, until the list can be read again."""
        if not self._fails:
            log.error("the block list cannot be read, the last known one counts: %s", reason)
        self._fails = True

    def _take(self, body: bytes) -> None:
        lines = body.decode("utf-8", "replace").splitlines()
        self._blocked = frozenset(plain(line) for line in lines if line.strip())
        self._read_at = self._clock()
        self._fails = False


def plain(text: str) -> str:
    """One spelling for all that lead to the same source.

    Decoded until nothing changes (the HTTP loader peels more than one layer), without the
    scheme, the host in lower case.
    """
    for _ in range(DECODINGS):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    text = SCHEME_AT_FRONT.sub("", text.strip())
    host, slash, path = text.partition("/")
    return host.lower() + slash + path


def spellings(source: str) -> tuple[str, ...]:
    """How a line may name this source: whole, or without the fragment that is never sent."""
    whole = plain(source)
    return (whole, whole.partition("#")[0])
