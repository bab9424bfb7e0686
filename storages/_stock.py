"""What lies in a folder of the file storage, and making room there.

A folder is walked by its layout: what has other names is neither counted nor touched, and no link
is followed. Two walks find what was least recently used, so that memory does not grow with the
number of entries: the first adds up bytes by age, the second removes the oldest ages.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from thumborlike.records import dataclass

from ._atomic import STALE

BLOCK = 4096
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_SHARD = "[0-9a-f]{2}"
_DRAFT = r"(?P<draft>\.[0-9a-f]{32})?"
SOURCES = tuple(
    map(re.compile, (_SHARD, r"[0-9a-f]{38}(?P<kept>\.txt)?(?P<points>\.detectors\.txt)?" + _DRAFT))
)
RESULTS = tuple(map(re.compile, (r"[\w-]+", _SHARD, _SHARD, r"[0-9a-f]{36}" + _DRAFT)))
Levels = tuple["re.Pattern[str]", ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A file. `size` in bytes, whole blocks; times in epoch seconds.

    `kind` as in `Kind`; `lasting`: keys, and what is read-only, as uploads and the block list are:
    not to be had again.
    """

    folder: int
    name: str
    size: int
    used: float
    written: float
    kind: str
    lasting: bool
    draft: bool

    def remove(self) -> bool:
        """Whether it was there, and could be removed."""
        try:
            os.unlink(self.name, dir_fd=self.folder)
        except OSError:
            return False
        return True


class Stock:
    """What was found at `now`, and what of it was removed. `ages`: bytes that may go, by age.

    `counts` and `sizes` of what is left by kind; `oldest`: when the oldest was written.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self.entries = self.size = 0
        self.removed = self.freed = 0
        self.ages: Counter[int] = Counter()
        self.counts: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()
        self.oldest: float | None = None

    def add(self, item: Item) -> None:
        """It is there."""
        self._count(item, 1)
        if not item.draft:
            self.oldest = min(item.written, self.oldest or item.written)
        if not item.lasting and not item.draft:
            self.ages[_age(item, self.now)] += item.size

    def take(self, item: Item) -> None:
        """It was removed."""
        self._count(item, -1)
        self.removed += 1
        self.freed += item.size

    def _count(self, item: Item, one: int) -> None:
        self.size += one * item.size
        if not item.draft:
            self.entries += one
            self.counts[item.kind] += one
            self.sizes[item.kind] += one * item.size


def walk(root: Path, levels: Levels) -> Iterator[Item]:
    """All files of the layout. What vanishes meanwhile, or cannot be read, is passed over."""
    with _opened(str(root), None) as folder:
        if folder is not None:
            yield from _walk(folder, levels)


def tidy(root: Path, levels: Levels, max_age: float | None, pace: Callable[[], None]) -> Stock:
    """Remove what is older than `max_age` seconds, and what killed writers left; count the rest."""
    stock = Stock(now := time.time())
    for item in walk(root, levels):
        pace()
        if _is_over(item, now, max_age) and item.remove():
            stock.removed += 1
            stock.freed += item.size
            continue
        stock.add(item)
    return stock


def make_room(
    root: Path, levels: Levels, stock: Stock, surplus: int, pace: Callable[[], None]
) -> None:
    """Remove the least recently used until `surplus` bytes are free; `stock` is corrected."""
    limit, enough = limit_of(stock.ages, surplus), stock.freed + surplus
    for item in walk(root, levels):
        if stock.freed >= enough:
            return
        pace()
        if item.lasting or item.draft or _age(item, stock.now) < limit or not item.remove():
            continue
        stock.take(item)


def limit_of(ages: Counter[int], surplus: int) -> int:
    """The age from which on there are so many bytes."""
    found = 0
    for age in sorted(ages, reverse=True):
        found += ages[age]
        if found >= surplus:
            return age
    return 0


def age_step(seconds: float) -> int:
    """An age in steps of 4%, from a millisecond on: a few hundred steps at most."""
    return int(16 * math.log2(1 + 1000 * max(0.0, seconds)))


def _age(item: Item, now: float) -> int:
    return age_step(now - item.used)


def _is_over(item: Item, now: float, max_age: float | None) -> bool:
    if item.draft:
        return now - item.written > STALE
    return not item.lasting and max_age is not None and now - item.written > max_age


def _walk(folder: int, levels: Levels) -> Iterator[Item]:
    for name, match in _matching(folder, levels[0]):
        if len(levels) == 1:
            if item := _item(folder, name, match):
                yield item
            continue
        with _opened(name, folder) as below:
            if below is not None:
                yield from _walk(below, levels[1:])


def _matching(folder: int, pattern: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
    with contextlib.suppress(OSError):
        found = ((name, pattern.fullmatch(name)) for name in os.listdir(folder))
        return [(name, match) for name, match in found if match]
    return []


@contextlib.contextmanager
def _opened(name: str, parent: int | None) -> Iterator[int | None]:
    flags = _FOLDER if parent is None else _FOLDER | os.O_NOFOLLOW
    try:
        folder = os.open(name, flags, dir_fd=parent)
    except OSError:
        yield None
        return
    try:
        yield folder
    finally:
        os.close(folder)


def _item(folder: int, name: str, match: re.Match[str]) -> Item | None:
    try:
        facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    parts = match.groupdict()
    lasting = bool(parts.get("kept")) or not facts.st_mode & stat.S_IWUSR
    size = -(-facts.st_size // BLOCK) * BLOCK
    used = max(facts.st_atime, facts.st_mtime)
    draft = bool(parts["draft"])
    return Item(folder, name, size, used, facts.st_mtime, _kind(parts), lasting, draft)


def _kind(parts: dict[str, str | None]) -> str:
    if "kept" not in parts:
        return "result"
    if parts["kept"]:
        return "security_key"
    return "focal_points" if parts["points"] else "source"
