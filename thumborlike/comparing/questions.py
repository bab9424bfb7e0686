"""What is asked of both servers: each address once, as often as it was asked for noted. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import nsmallest

from ..records import dataclass
from .classes import Shape, shape_of
from .logs import Entry


@dataclass(frozen=True, slots=True)
class Question:
    """A path with query, who asks (Accept), how often it was asked for, and its shape."""

    path: str
    accept: str
    hits: int
    shape: Shape
    method: str = "GET"

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """What is sent."""
        return (("Accept", self.accept),)

    @property
    def name(self) -> str:
        """A short name of its own, at random, and the same each time."""
        return _name(self.path, self.accept)


def questions(
    entries: Iterable[Entry],
    accepts: Sequence[str],
    *,
    forced: bool = False,
    sample: int = 0,
    per_class: int = 0,
) -> list[Question]:
    """Each address once, in the order of the log.

    `accepts` is for entries without an Accept, or for all if `forced`. Of more than `sample`, and
    of more than `per_class` of one shape, some are chosen at random, always the same.
    """
    hits: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        own = entry.accept if not forced else None
        for accept in (own,) if own else accepts:
            hits[entry.path, accept] += 1
    if sample and not per_class:  # before the paths are taken apart, of which there may be millions
        hits = _some_of(hits, sample)
    found = [Question(*key, count, shape_of(*key)) for key, count in hits.items()]
    if per_class:
        found = _of_each_class(found, per_class)
    return _some(found, sample) if sample else found


def _of_each_class(found: Sequence[Question], most: int) -> list[Question]:
    groups: dict[str, list[Question]] = defaultdict(list)
    for each in found:
        groups[each.shape.name].append(each)
    kept = {each.name for group in groups.values() for each in _some(group, most)}
    return [each for each in found if each.name in kept]


def _some_of(hits: dict[tuple[str, str], int], most: int) -> dict[tuple[str, str], int]:
    chosen = set(nsmallest(most, hits, key=lambda key: _name(*key)))
    return {key: count for key, count in hits.items() if key in chosen}


def _some(found: Sequence[Question], most: int) -> list[Question]:
    if len(found) <= most:
        return list(found)
    chosen = set(nsmallest(most, (each.name for each in found)))
    return [each for each in found if each.name in chosen]


def _name(path: str, accept: str) -> str:
    text = f"{accept}\n{path}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=9).hexdigest()
