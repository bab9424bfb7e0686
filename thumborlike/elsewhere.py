"""Entries that clients fetch from a storage by themselves. Plugins find this in `interfaces`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .records import dataclass

if TYPE_CHECKING:
    from .interfaces import Key


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an entry without its bytes. `modified` in epoch seconds (UTC)."""

    size: int
    modified: float
    media_type: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where anybody may fetch an entry, and for how many seconds."""

    url: str
    seconds: int


@runtime_checkable
class Redirects(Protocol):
    """Extra ability of a storage: clients may fetch large results from it by themselves."""

    async def look(self, key: Key) -> Seen | None:
        """The entry, if clients are to fetch it; None: `get` it. Raises `StorageError`."""
        ...

    async def address(self, key: Key, headers: Mapping[str, str]) -> Address:
        """Where to fetch it, with these headers in the answer. Raises `StorageError`."""
        ...
