"""What a storage tells of what it holds. Plugins find this in `interfaces`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from .records import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What there is of one kind, named as in `Kind`: entries, and their bytes."""

    kind: str
    entries: int
    size: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What a storage holds at one place: entries, their bytes, and the bound (0: none).

    `oldest`: when the oldest entry was written, in epoch seconds; None: nothing there, or not
    known. `shares`: the same by kind, as far as the storage tells kinds apart.
    """

    name: str
    entries: int
    size: int
    bound: int = 0
    oldest: float | None = None
    shares: tuple[Share, ...] = ()


@runtime_checkable
class Tended(Protocol):
    """Extra ability of a storage: `thumborlike storage` tells what it holds, and makes room.

    Plain `def`: both may take long and are called from the command line.
    """

    def stats(self) -> Sequence[Holding]:
        """What it holds. Raises `StorageError`."""
        ...

    def prune(self, max_bytes: int | None = None) -> Sequence[tuple[Holding, Holding]]:
        """Remove what is too old or beyond the bound; what is left, and what was removed.

        `max_bytes` is for each place; None for the configured bounds. Raises `StorageError`.
        """
        ...
