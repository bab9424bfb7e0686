"""What the server is meant to reach, beside what was measured. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .contenders import LIBVIPS, OUR_WAYS, THUMBORS
from .results import Ratio, Results, RowResult, faster, thriftier
from .rows import Row
from .tables import means_of, measured, number, table

PIPELINE_FROM_MS = 5.0
"""Rows that take less CPU time than this in the pipeline are not compared with it."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound and what was found. `least`: whether the bound is a lower one."""

    text: str
    bound: float
    found: float
    least: bool = True
    where: str = ""

    @property
    def known(self) -> bool:
        """Whether it was measured at all."""
        return not math.isnan(self.found)

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.found >= self.bound if self.least else self.found <= self.bound


def goals(results: Results) -> list[Goal]:
    """All goals of which something was measured."""
    every = [*_libvips(results), *_thumbor(results), *_pipeline(results)]
    return [goal for goal in [*every, *_rows(results), *_behaviours(results)] if goal.known]


def listed(results: Results) -> str:
    """The table; bold where a goal is missed."""
    body = [
        (
            goal.text,
            f"{'>=' if goal.least else '<='} {goal.bound:g}",
            number(goal.found, 2) if goal.met else f"**{number(goal.found, 2)}**",
            goal.where,
            "yes" if goal.met else "**no**",
        )
        for goal in goals(results)
    ]
    return table(("goal", "bound", "measured", "where", "met"), body)


def _libvips(results: Results) -> Iterator[Goal]:
    fast, thrifty = means_of(
        results, lambda row: row.fastest_libvips, lambda row: row.thriftiest_libvips
    )
    speed = [(row.title, faster(found, found.fastest_libvips)) for row, found in _images(results)]
    cpu = [
        (row.title, thriftier(found, found.thriftiest_libvips)) for row, found in _images(results)
    ]
    yield Goal("throughput to the best libvips server, geometric mean", 1.25, fast)
    yield Goal("CPU to the best libvips server, geometric mean", 1.25, thrifty)
    yield _lowest("throughput to the best libvips server, each imaging row", 1.0, speed)
    yield _lowest("CPU to the best libvips server, each imaging row", 1.0, cpu)


def _thumbor(results: Results) -> Iterator[Goal]:
    fast, thrifty = means_of(results, lambda row: row.thumbor, lambda row: row.thumbor)
    speed = [(row.title, faster(found, found.thumbor)) for row, found in _images(results)]
    cpu = [(row.title, thriftier(found, found.thumbor)) for row, found in _images(results)]
    yield Goal("throughput to Thumbor, geometric mean", 3.0, fast)
    yield Goal("CPU to Thumbor, geometric mean", 1.8, thrifty)
    yield _lowest("throughput to Thumbor, each imaging row", 1.0, speed)
    yield _lowest("CPU to Thumbor, each imaging row", 1.0, cpu)


def _pipeline(results: Results) -> Iterator[Goal]:
    speed = [
        (row.title, faster(found, found.pipeline))
        for row, found in _images(results)
        if found.pipeline and found.figures[found.pipeline].cpu > PIPELINE_FROM_MS
    ]
    yield _lowest("throughput to our pipeline without a server, rows above 5 ms", 0.92, speed)


def _rows(results: Results) -> Iterator[Goal]:
    kept = results.rows
    if ladder := kept.get("ladder"):
        rival = ladder.one_of([*LIBVIPS, *THUMBORS])
        yield Goal(
            "srcset ladder, throughput to the best peer", 3.0, _middle(faster(ladder, rival))
        )
    if hit := kept.get("hit"):
        yield Goal("stored results, CPU to Thumbor", 2.2, _middle(thriftier(hit, hit.thumbor)))
    if unchanged := kept.get("304"):
        found = _middle(thriftier(unchanged, unchanged.thumbor))
        yield Goal("not modified, CPU to Thumbor", 2.5, found)


def _behaviours(results: Results) -> Iterator[Goal]:
    yield _ours(results, "health", "health p99 ms", "p99 of /healthcheck under load, ms", 25)
    yield _ours(results, "health", "hit p99 ms", "p99 of stored results under load, ms", 25)
    for name in ("24mp-crop", "24mp-fit"):
        text = f"peak memory with 32 connections for {name}, MB"
        yield _ours(results, "memory", f"{name}: peak MB", text, 500)
    start = results.behaviours.get("start", {})
    theirs = min((start[name]["first answer ms"] for name in THUMBORS if name in start), default=0)
    if theirs:
        text = "start to first answer, ms (bound: Thumbor's)"
        yield _ours(results, "start", "first answer ms", text, round(theirs))


def _ours(results: Results, behaviour: str, figure: str, text: str, bound: float) -> Goal:
    """Of ours in its better way."""
    found = results.behaviours.get(behaviour, {})
    values = [found[name].get(figure, math.nan) for name in OUR_WAYS if name in found]
    return Goal(text, bound, min(values, default=math.nan), least=False)


def _images(results: Results) -> Iterable[tuple[Row, RowResult]]:
    return [(row, found) for row, found in measured(results) if row.imaging]


def _lowest(text: str, bound: float, ratios: Iterable[tuple[str, Ratio | None]]) -> Goal:
    there = [(ratio[0], title) for title, ratio in ratios if ratio]
    found, title = min(there, default=(math.nan, ""))
    below = sum(ratio < bound for ratio, _ in there)
    where = f"{title}; {below} of {len(there)} below" if below else title
    return Goal(text, bound, found, where=where)


def _middle(ratio: Ratio | None) -> float:
    return ratio[0] if ratio else math.nan
