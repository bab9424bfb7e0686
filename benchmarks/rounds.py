"""A row: every contender in turns, round by round, on servers started for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from .answers import Look, asks, faults, looks
from .contenders import OUR_WAYS, PIPELINE, THUMBORS
from .dialects import thumbor
from .load import Ask, LoadError, Plan, send
from .measure import Load, Round, best, cpu_seconds, machine_seconds, peak_mb
from .pipeline import Bare, bare
from .rows import STORED, Row
from .servers import Running, Server, running

Rounds = Mapping[str, Sequence[Round]]
"""Contender -> its rounds; the same place in each list is the same time."""
Say = Callable[[str], None]
TRIALS = 3
"""Short rounds by which the better of two ways is found."""

TWO_WAYS = frozenset((*OUR_WAYS, *THUMBORS))
SETTLE_SECONDS = 0.3
"""For storing what was answered."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured. `thrift`: how many times fewer requests than usual."""

    rounds: int
    connections: int
    cores: int
    thrift: int = 1

    def requests(self, row: Row) -> int:
        """In one round; never less than there are connections, and whole ladders."""
        wanted = row.requests * self.cores // 2 // self.thrift
        return row.requests if row.fresh else max(self.connections, wanted)


@dataclass(frozen=True, slots=True)
class Measured:
    """One row. `notes` tell who was left out, and why."""

    rounds: Rounds
    looks: Mapping[str, Look]
    notes: tuple[str, ...]


def measure_row(
    row: Row, servers: Sequence[Server], work: Path, extent: Extent, say: Say
) -> Measured:
    """Start, compare, warm up, keep the better way of those with two, and take turns."""
    with ExitStack() as stack:
        up = [stack.enter_context(running(each, row.setup, work)) for each in servers]
        seen = looks(row, _measure_first(up))
        able = [each for each in up if not seen[each.name].fault]
        course = _Course(row, extent, seen, {each.name: asks(each, row) for each in able})
        warm = _warmed(course, able)
        able = [each for each in able if each.name not in _worse(warm)]
        pipeline = stack.enter_context(bare(extent.cores)) if row.imaging else None
        rounds = _taken(course, able, pipeline, work / "pictures", say)
        return Measured(rounds, seen, tuple(faults(seen)))


def _measure_first(up: Iterable[Running]) -> list[Running]:
    """Thumbor's picture is the measure of the others."""
    return sorted(up, key=lambda each: each.name not in THUMBORS)


def _warmed(course: _Course, up: Sequence[Running]) -> Rounds:
    """Short rounds before those that count; of those with two ways several, in turns.

    How connections spread over processes is luck: one round would choose a way by it.
    """
    taken: dict[str, list[Round]] = {each.name: [course.serve(each, 0, warm=True)] for each in up}
    for number in range(1, TRIALS):
        for each in _turned(up, number):
            if each.name in TWO_WAYS:
                later = course.extent.rounds + number
                taken[each.name].append(course.serve(each, later, warm=True))
    return taken


def _worse(warm: Rounds) -> set[str]:
    """Of the contenders with two ways to use all cores, the slower way."""
    return {
        name
        for ways in (OUR_WAYS, THUMBORS)
        for name in ways
        if name in warm and name != best(warm, ways)
    }


def _taken(
    course: _Course, up: Sequence[Running], pipeline: Bare | None, pictures: Path, say: Say
) -> Rounds:
    taken: dict[str, list[Round]] = {each.name: [] for each in up}
    if pipeline:
        course.render(pipeline, pictures, warm=True)
        taken[PIPELINE] = []
    for number in range(course.extent.rounds):
        for each in _turned(up, number):
            taken[each.name].append(course.serve(each, number + 1))
        if pipeline:
            taken[PIPELINE].append(course.render(pipeline, pictures))
        say(f"{course.row.name}: round {number + 1} of {course.extent.rounds}")
    return taken


def _turned(servers: Sequence[Running], number: int) -> list[Running]:
    """Another one begins each round, so that none always follows the same."""
    start = number % len(servers)
    return [*servers[start:], *servers[:start]]


@dataclass(frozen=True, slots=True)
class _Course:
    """What is sent to whom in one row."""

    row: Row
    extent: Extent
    looks: Mapping[str, Look]
    asked: Mapping[str, tuple[Ask, ...]]

    def serve(self, server: Running, number: int, warm: bool = False) -> Round:
        """One round. The first fills storages and is shorter."""
        row, extent = self.row, self.extent
        asked = asks(server, row, (number + 1) * row.copies) if row.fresh else None
        plan = Plan(
            asked or self.asked[server.name],
            extent.requests(row),
            min(extent.connections, extent.requests(row)),
            self.looks[server.name].status,
        )
        if warm:
            plan = self._warming(plan)
        try:
            done = _round(server.pid, lambda: send(server.port, plan))
        except LoadError as error:
            raise LoadError(f"{row.name}, {server.name}: {error}") from error
        if warm and row.setup == STORED:
            time.sleep(SETTLE_SECONDS)
        return done

    def _warming(self, plan: Plan) -> Plan:
        few = max(plan.connections, plan.requests // 2)
        return plan if self.row.fresh else replace(plan, requests=few)

    def render(self, pipeline: Bare, pictures: Path, warm: bool = False) -> Round:
        """The same work without a server."""
        work, requests = self.row.works[0], self.extent.requests(self.row)
        path, picture = thumbor(work, work.source(0)), pictures / work.picture
        count = self.extent.cores if warm else requests
        return _round(pipeline.pid, lambda: pipeline.run(count, path, picture))


def _round(pid: int, work: Callable[[], Load]) -> Round:
    before, foreign, begun = cpu_seconds(pid), _foreign_seconds(), time.monotonic()
    load = work()
    used, others = cpu_seconds(pid) - before, _foreign_seconds() - foreign
    cores = max(0.0, others / (time.monotonic() - begun))
    return Round(load, used * 1000 / load.requests, peak_mb(pid), cores)


def _foreign_seconds() -> float:
    """CPU time of everything that is not part of the benchmark."""
    return machine_seconds() - cpu_seconds(os.getpid())
