"""From what was measured to RESULTS.md. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .behaviour import CROWD, Cold
from .measure import Round, best, median_ratio, median_throughput, percentile, pooled
from .rows import Row
from .servers import OUR_WAYS, OURS, PIPELINE, THUMBORS, WAYS

Rounds = Mapping[str, Sequence[Round]]
_Values = Callable[[Sequence[Round]], list[float]]

READING = """\
How it was measured and how to read it: [docs/performance.md](../docs/performance.md).
Ratios are ours to theirs, the median of the rounds, in brackets the lowest and highest. A
throughput ratio above 1 and a CPU ratio below 1 are in our favour. Both servers stand in
whichever of their two ways to use all cores (threads, or one process per core) had the higher
throughput in that row.
"""


@dataclass(slots=True)
class Results:
    """Everything that one run has found. `health` in milliseconds of each probe."""

    command: str
    setting: Sequence[tuple[str, str]]
    rows: dict[str, tuple[Row, Rounds]] = field(default_factory=dict)
    health: dict[str, Sequence[tuple[float, int]]] = field(default_factory=dict)
    cold: dict[str, Cold] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


def markdown(results: Results) -> str:
    """The page."""
    parts = [
        "# Results of the benchmark",
        f"Made by\n\n```\n{results.command}\n```",
        READING.rstrip(),
        table(("", ""), results.setting, left=2),
    ]
    if results.rows:
        parts += ["## Ratios", _ratios(results.rows.values())]
        parts += ["## Figures", _figures(results.rows.values())]
    if results.health:
        title = "## `/healthcheck` while 8 connections ask for large pictures"
        parts += [title, _health(results.health)]
    if results.cold:
        parts += [f"## {CROWD} requests at once for one cold URL", _cold(results.cold)]
    if results.troubles:
        parts += ["## What went wrong", "\n".join(f"- {each}" for each in results.troubles)]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A table in Markdown, the first `left` columns flush left, the others right."""
    marks = ["---" if number < left else "--:" for number in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, marks, *rows))


def _ratios(rows: Iterable[tuple[Row, Rounds]]) -> str:
    head = (
        "row",
        "throughput, ours : Thumbor",
        "CPU per request, ours : Thumbor",
        "peak memory, ours : Thumbor",
        "throughput, ours : pipeline",
        "CPU per request, ours : pipeline",
        "ours, the better way",
        "Thumbor, the better way",
    )
    return table(head, (_ratio_row(row, rounds) for row, rounds in rows))


def _ratio_row(row: Row, rounds: Rounds) -> tuple[str, ...]:
    chosen, rival = best(rounds, OUR_WAYS) or OURS, best(rounds, THUMBORS)
    ours, theirs, bare = rounds[chosen], rounds.get(rival or "", ()), rounds.get(PIPELINE, ())
    return (
        row.title,
        _spread(median_ratio(*_pairs(_throughputs, ours, theirs))),
        _spread(median_ratio(*_pairs(_cpu, ours, theirs))),
        _number(_peak(ours) / _peak(theirs), 2) if theirs else "-",
        _spread(median_ratio(*_pairs(_throughputs, ours, bare))),
        _spread(median_ratio(*_pairs(_cpu, ours, bare))),
        WAYS.get(chosen, chosen),
        WAYS.get(rival or "-", "-"),
    )


def _pairs(
    values: _Values, ours: Sequence[Round], theirs: Sequence[Round]
) -> tuple[list[float], list[float]]:
    """Values of the rounds that both have."""
    both = min(len(ours), len(theirs))
    return values(ours[:both]), values(theirs[:both])


def _figures(rows: Iterable[tuple[Row, Rounds]]) -> str:
    head = (
        "row",
        "contender",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "CPU ms/request",
        "cores busy",
        "peak MB",
        "KB/answer",
        "requests",
    )
    body = [
        (row.title, name, *_figure(each))
        for row, rounds in rows
        for name, each in rounds.items()
        if each
    ]
    return table(head, body, left=2)


def _figure(rounds: Sequence[Round]) -> tuple[str, ...]:
    latencies = pooled(rounds)
    throughput, cpu = median_throughput(rounds), statistics.median(_cpu(rounds))
    requests = sum(each.load.requests for each in rounds)
    return (
        _number(throughput, 1),
        _number(percentile(latencies, 50), 1),
        _number(percentile(latencies, 99), 1),
        _number(cpu, 1),
        _number(throughput * cpu / 1000, 2),
        _number(_peak(rounds), 0),
        _number(sum(each.load.bytes for each in rounds) / requests / 1000, 1),
        str(requests),
    )


def _health(health: Mapping[str, Sequence[tuple[float, int]]]) -> str:
    rows = [
        (
            name,
            *(_number(percentile(each, percent), 1) for percent in (50, 99)),
            str(sum(count for _, count in each)),
        )
        for name, each in health.items()
    ]
    return table(("contender", "p50 ms", "p99 ms", "probes"), rows)


def _cold(cold: Mapping[str, Cold]) -> str:
    head = (
        "contender",
        "fetches from the origin",
        "seconds until all are answered",
        "CPU ms of the server",
        "that is so many single requests",
    )
    rows = [
        (
            name,
            str(each.fetches),
            _number(each.seconds, 2),
            _number(each.cpu_ms, 0),
            _number(each.work, 1),
        )
        for name, each in cold.items()
    ]
    return table(head, rows)


def _throughputs(rounds: Sequence[Round]) -> list[float]:
    return [each.throughput for each in rounds]


def _cpu(rounds: Sequence[Round]) -> list[float]:
    return [each.cpu_ms for each in rounds]


def _peak(rounds: Sequence[Round]) -> float:
    return max(each.peak_mb for each in rounds)


def _spread(ratio: tuple[float, float, float]) -> str:
    middle, low, high = ratio
    if middle != middle:  # nan: nothing to compare with
        return "-"
    return f"**{middle:.2f}**" + (f" ({low:.2f}-{high:.2f})" if low < high else "")


def _number(value: float, digits: int) -> str:
    return "-" if value != value else f"{value:,.{digits}f}"
