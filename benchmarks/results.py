"""What runs have found, as data: kept as JSON, so that rows can be measured one by one."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .answers import Look
from .contenders import LIBVIPS, OUR_WAYS, PIPELINE, THUMBORS
from .measure import Round, median_ratio, percentile, pooled
from .rounds import Measured


@dataclass(frozen=True, slots=True)
class Figures:
    """One contender in one row: a value for each round, or one for all of them.

    Throughput in answers per second, CPU in milliseconds per answer, memory in MB, latencies in
    milliseconds, `size` in bytes per answer with its head, `psnr` in decibels, `others` in cores
    that other programs kept busy.
    """

    throughput: tuple[float, ...]
    cpu_ms: tuple[float, ...]
    peak_mb: float
    p50: float
    p99: float
    size: float
    requests: int
    answer: str = ""
    psnr: float = 0.0
    others: float = 0.0

    @property
    def rate(self) -> float:
        """The median of the rounds' throughputs."""
        return statistics.median(self.throughput)

    @property
    def cpu(self) -> float:
        """The median of the rounds' CPU times."""
        return statistics.median(self.cpu_ms)


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row. `notes` tell who was left out, and why."""

    when: str
    commit: str
    figures: Mapping[str, Figures]
    notes: tuple[str, ...] = ()

    def one_of(self, names: Sequence[str]) -> str | None:
        """The one with the highest throughput of those that were measured."""
        there = [name for name in names if name in self.figures]
        return max(there, key=lambda name: self.figures[name].rate, default=None)

    @property
    def ours(self) -> str | None:
        """Our better way."""
        return self.one_of(OUR_WAYS)

    @property
    def thumbor(self) -> str | None:
        """Thumbor's better way."""
        return self.one_of(THUMBORS)

    @property
    def fastest_libvips(self) -> str | None:
        """The libvips server with the highest throughput."""
        return self.one_of(LIBVIPS)

    @property
    def thriftiest_libvips(self) -> str | None:
        """The libvips server that takes the least CPU time."""
        there = [name for name in LIBVIPS if name in self.figures]
        return min(there, key=lambda name: self.figures[name].cpu, default=None)

    @property
    def pipeline(self) -> str | None:
        """The pure pipeline, if it was measured."""
        return PIPELINE if PIPELINE in self.figures else None


Ratio = tuple[float, float, float]
"""Median, lowest and highest of the rounds; above 1 we are better."""


def faster(row: RowResult, rival: str | None) -> Ratio | None:
    """Our throughput to theirs."""
    if not row.ours or not rival:
        return None
    return median_ratio(row.figures[row.ours].throughput, row.figures[rival].throughput)


def thriftier(row: RowResult, rival: str | None) -> Ratio | None:
    """Their CPU time to ours."""
    if not row.ours or not rival:
        return None
    return median_ratio(row.figures[rival].cpu_ms, row.figures[row.ours].cpu_ms)


@dataclass(slots=True)
class Results:
    """Everything that is known. `behaviours`: name of a behaviour -> contender -> its figures."""

    setting: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    rows: dict[str, RowResult] = field(default_factory=dict)
    behaviours: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)


def figured(measured: Measured, when: str, commit: str) -> RowResult:
    """What is kept of a measured row."""
    figures = {
        name: _figures(rounds, measured.looks.get(name, Look()))
        for name, rounds in measured.rounds.items()
        if rounds
    }
    return RowResult(when, commit, figures, measured.notes)


def load(path: Path) -> Results:
    """What the file holds, nothing if there is none."""
    if not path.exists():
        return Results()
    kept = json.loads(path.read_text(encoding="utf-8"))
    rows = {name: _row(each) for name, each in kept.pop("rows").items()}
    return Results(**kept, rows=rows)


def save(results: Results, path: Path) -> None:
    """Write it all."""
    text = json.dumps(_rounded(asdict(results)), indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def _figures(rounds: Sequence[Round], look: Look) -> Figures:
    latencies = pooled(rounds)
    requests = sum(each.load.requests for each in rounds)
    return Figures(
        throughput=tuple(each.throughput for each in rounds),
        cpu_ms=tuple(each.cpu_ms for each in rounds),
        peak_mb=max(each.peak_mb for each in rounds),
        p50=percentile(latencies, 50),
        p99=percentile(latencies, 99),
        size=sum(each.load.bytes for each in rounds) / requests,
        requests=requests,
        answer=look.shown,
        psnr=look.psnr,
        others=statistics.median(each.others for each in rounds),
    )


def _row(kept: dict[str, Any]) -> RowResult:
    figures = {
        name: Figures(
            **{
                **each,
                "throughput": tuple(each["throughput"]),
                "cpu_ms": tuple(each["cpu_ms"]),
            }
        )
        for name, each in kept["figures"].items()
    }
    return RowResult(kept["when"], kept["commit"], figures, tuple(kept["notes"]))


def _rounded(value: Any) -> Any:
    """Four digits behind the point are more than was measured."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
