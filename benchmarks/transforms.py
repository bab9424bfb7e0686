"""The rows that make pictures: every contender in turns, round by round."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from .load import LoadError, Plan, fetch, numbered, send
from .measure import Load, Round, cpu_seconds, peak_mb
from .pipeline import Bare, bare
from .rows import COPIES, Row
from .servers import PIPELINE, Running, Server, from_files, running

Measured = dict[str, list[Round]]
"""Contender -> its rounds; the same place in each list is the same time."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured. `thrift`: how many times fewer requests than usual."""

    rounds: int
    connections: int
    cores: int
    thrift: int = 1

    def requests(self, row: Row) -> int:
        """In one round; never less than there are connections."""
        return max(self.connections, row.requests * self.cores // 2 // self.thrift)


def measure_row(
    row: Row, servers: Sequence[Server], folder: Path, extent: Extent, say: Say
) -> Measured:
    """All rounds of one row, on servers started for it, so that peak memory is the row's."""
    pictures = folder / "pictures"
    with ExitStack() as stack:
        up = [stack.enter_context(running(each, from_files(pictures), folder)) for each in servers]
        pipeline = stack.enter_context(bare(extent.cores))
        _must_agree(row, up)
        for each in up:
            _serve(each, row, extent, 2 * extent.cores)
        _render(pipeline, row, pictures, 2 * extent.cores)
        measured: Measured = {name: [] for name in (*(each.name for each in up), PIPELINE)}
        for number in range(extent.rounds):
            for each in _turned(up, number):
                measured[each.name].append(_serve(each, row, extent, extent.requests(row)))
            measured[PIPELINE].append(_render(pipeline, row, pictures, extent.requests(row)))
            say(f"{row.name}: round {number + 1} of {extent.rounds}")
        return measured


def _turned(servers: Sequence[Running], number: int) -> list[Running]:
    """Another one begins each round, so that none always follows the same."""
    start = number % len(servers)
    return [*servers[start:], *servers[:start]]


def _serve(server: Running, row: Row, extent: Extent, requests: int) -> Round:
    before, after = numbered(row.path(0), 0)
    plan = Plan(before, after, COPIES, requests, min(extent.connections, requests))
    try:
        return _round(server.pid, lambda: send(server.port, plan))
    except LoadError as error:
        raise LoadError(f"{row.name}, {server.name}: {error}") from error


def _render(pipeline: Bare, row: Row, pictures: Path, requests: int) -> Round:
    picture = pictures / row.picture
    return _round(pipeline.pid, lambda: pipeline.run(requests, row.path(0), picture))


def _round(pid: int, work: Callable[[], Load]) -> Round:
    before = cpu_seconds(pid)
    load = work()
    used = cpu_seconds(pid) - before
    return Round(load, used * 1000 / load.requests, peak_mb(pid))


def _must_agree(row: Row, servers: Sequence[Running]) -> None:
    """All must answer with a picture of the same size and kind, or nothing can be compared."""
    seen = {each.name: _look(each.port, row.path(0)) for each in servers}
    if len(set(seen.values())) != 1:
        raise LoadError(f"{row.name}: the servers answer differently: {seen}")


def _look(port: int, path: str) -> tuple[object, ...]:
    status, body = fetch(port, path)
    if status != 200:
        return (status,)
    with Image.open(io.BytesIO(body)) as image:
        return image.format, image.size
