"""What a tree of processes has used, from /proc; and the arithmetic on what was measured."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
Latencies = Sequence[tuple[float, int]]
"""Milliseconds and how many requests took them."""


@dataclass(frozen=True, slots=True)
class Stat:
    """One process. `ticks`: its own CPU time and that of its children that have ended."""

    pid: int
    parent: int
    ticks: int


@dataclass(frozen=True, slots=True)
class Load:
    """What a client saw of one round. `seconds` from the first request to the last answer."""

    requests: int
    seconds: float
    failed: int
    bytes: int
    latencies: Latencies


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one contender. `cpu_ms` per request, `peak_mb` of all its processes so far.

    `others`: cores that programs beside the benchmark kept busy meanwhile.
    """

    load: Load
    cpu_ms: float
    peak_mb: float
    others: float = 0.0

    @property
    def throughput(self) -> float:
        """Requests per second."""
        return self.load.requests / self.load.seconds


def parse_stat(text: str) -> Stat:
    """A line of /proc/PID/stat; the name in parentheses may hold anything."""
    fields = text[text.rindex(")") + 2 :].split()
    pid = int(text[: text.index("(")])
    return Stat(pid, int(fields[1]), sum(map(int, fields[11:15])))


def tree(root: int) -> list[Stat]:
    """The process and all its descendants that are alive."""
    everything = {stat.pid: stat for stat in _all_stats()}
    found = [everything[root]] if root in everything else []
    for stat in found:
        found.extend(each for each in everything.values() if each.parent == stat.pid)
    return found


def cpu_seconds(root: int) -> float:
    """CPU time, user and system, that the tree has used so far."""
    return sum(stat.ticks for stat in tree(root)) / os.sysconf("SC_CLK_TCK")


def machine_seconds() -> float:
    """CPU time that all cores have spent on anything so far."""
    fields = (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _waiting, *interrupts = map(int, fields[:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def peak_mb(root: int) -> float:
    """The sum of the processes' highest resident memory; shared pages count in each."""
    return sum(_high_water(stat.pid) for stat in tree(root)) / 1024


def percentile(latencies: Latencies, percent: float) -> float:
    """The latency that `percent` of all requests did not exceed; nan of none."""
    total = sum(count for _, count in latencies)
    seen = 0
    for value, count in sorted(latencies):
        seen += count
        if seen >= total * percent / 100:
            return value
    return float("nan")


def pooled(rounds: Iterable[Round]) -> Latencies:
    """The latencies of all rounds together."""
    return [pair for each in rounds for pair in each.load.latencies]


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Median, lowest and highest of the ratios of rounds that ran beside each other."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True) if other]
    if not ratios:
        return (float("nan"),) * 3
    return statistics.median(ratios), min(ratios), max(ratios)


def best(rounds: Mapping[str, Sequence[Round]], names: Iterable[str]) -> str | None:
    """Whose median throughput is highest; None if none of the names has a round."""
    there = [name for name in names if rounds.get(name)]
    return max(there, key=lambda name: median_throughput(rounds[name]), default=None)


def median_throughput(rounds: Sequence[Round]) -> float:
    """Requests per second."""
    return statistics.median(each.throughput for each in rounds)


def _all_stats() -> Iterable[Stat]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                yield parse_stat((folder / "stat").read_text(errors="replace"))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile


def _high_water(pid: int) -> int:
    """VmHWM in KiB; 0 of a process that has ended."""
    try:
        lines = (PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
